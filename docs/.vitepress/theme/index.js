import DefaultTheme from 'vitepress/theme-without-fonts'
import './fonts.css'
import './style.css'
import './chart/chart.css'
import './chart/drawn.css'

const components = import.meta.glob('./components/*.vue', { eager: true, import: 'default' })

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    for (const [path, component] of Object.entries(components)) app.component(/(\w+)\.vue$/.exec(path)[1], component)
  },
}
