import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'
import { diagramFences } from '../checks/diagrams.mjs'
import { charts } from '../checks/charts.mjs'
import { exerciseCards } from '../checks/exercises.mjs'
import { measurements } from '../checks/measurements.mjs'
import { refuseUnknownTags } from '../checks/components.mjs'
import { checkBuild } from '../checks/build.mjs'
import { searchRoles } from './search-roles.mjs'
import { unusedStyles } from './unused-styles.mjs'

export default defineConfig({
  title: 'Counting streams',
  description: 'How Spark Streaming works, learned by building a stream that counts',
  lang: 'en-US',
  base: process.env.DOCS_BASE || '/',
  srcExclude: ['checks/**'],
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env.DOCS_BASE || '/'}logo.svg` }]],

  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    // An imported transcript is a txt file; a fence written in a page says `text`.
    languageLabel: { txt: 'What you should see' },
    config(md) {
      exerciseCards(md)
      measurements(md)
      charts(md)
      diagramFences(md)
      refuseUnknownTags(md)
    },
  },

  buildEnd: checkBuild,

  // No page's scripts are loaded before the reader goes there.
  router: { prefetchLinks: false },

  vite: {
    plugins: [searchRoles(), unusedStyles()],
    // The theme and our components are all written with setup.
    define: { __VUE_OPTIONS_API__: 'false' },
    resolve: {
      // What of the theme this book does not use, and every page would load: home layout, team, ads, sponsors, translations,
      // social links, badges, a footer, groups in the navigation and of code.
      alias: [
        {
          find: /^\.\/(components\/)?VP(Home\w*|Hero|Features?|Team\w+|Sponsors\w*|DocAside(Sponsors|CarbonAds)|AlgoliaSearchBox|Nav(BarAskAiButton|Translations|SocialLinks|MenuGroup)|SocialLinks?|MenuGroup|Badge|Footer|DocFooterLastUpdated)\.vue$/,
          replacement: fileURLToPath(new URL('theme/Unused.vue', import.meta.url)),
        },
        { find: /^\.\/styles\/components\/vp-(sponsor|code-group)\.css$/, replacement: fileURLToPath(new URL('theme/unused.css', import.meta.url)) },
      ],
    },
  },
  transformPageData(page) {
    if (page.frontmatter.layout === 'home') throw new Error(`${page.relativePath}: the layout home is left out of this site (see config.mjs)`)
  },

  themeConfig: {
    logo: { src: '/logo.svg', alt: '' },
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    docFooter: { prev: 'Before', next: 'Next' },
    nav: [
      { text: 'Course', link: '/getting-started' },
      { text: 'Glossary', link: '/glossary' },
      { text: 'Player', link: '/player' },
    ],
    sidebar: [
      {
        text: 'The course',
        items: [
          { text: 'Home', link: '/' },
          { text: 'Getting started', link: '/getting-started' },
          { text: 'How exercises work', link: '/exercises' },
          { text: '1 · Counting DStream', link: '/lesson-01-counting-dstream' },
          { text: '2 · Checkpointing', link: '/lesson-02-checkpointing' },
          { text: '3 · State', link: '/lesson-03-state' },
          { text: '4 · Recovery', link: '/lesson-04-recovery' },
          { text: '5 · Caching', link: '/lesson-05-caching' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'Glossary', link: '/glossary' },
          { text: 'DStreams today', link: '/dstreams-today' },
          { text: 'From DStreams to Structured Streaming', link: '/structured-streaming' },
          { text: 'The claims, put to the test', link: '/claims' },
          { text: 'How fast the course is', link: '/speed' },
          { text: 'Can a micro-batch hold a partial record?', link: '/partial-records' },
          { text: 'Damaged checkpoints', link: '/damaged-checkpoints' },
          { text: 'Batch player', link: '/player' },
          { text: 'Contributing', link: '/contributing' },
        ],
      },
    ],
  },
})
