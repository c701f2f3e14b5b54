// `npm run diagrams`: draws the diagrams that are new or have changed, and removes those that no page has.
//
// Mermaid draws each twice, light and dark. The drawing has no style sheet: each shape gets its looks as
// attributes and its colors as light-dark(…), so one small SVG goes into the page as it is.
import { createRequire } from 'node:module'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { launch } from './browser/chromium.mjs'
import { diagramName, diagramsDir, diagramsOf } from './diagrams.mjs'
import { readPages } from './pages.mjs'

const require = createRequire(import.meta.url)
const packageDir = (name) => dirname(require.resolve(`${name}/package.json`))

const LOOKS = {
  light: { background: '#fdfcfa', surface: '#eaf1f7', ink: '#23262b', quiet: '#565b63', line: '#1f5f8b', note: '#f7e7cd' },
  dark: { background: '#16191d', surface: '#1d2f3f', ink: '#dfe2e5', quiet: '#a5abb3', line: '#7db3ea', note: '#4a3617' },
}

const themeOf = (look) => ({
  fontFamily: 'Inter',
  fontSize: '15px',
  background: look.background,
  primaryColor: look.surface,
  primaryTextColor: look.ink,
  primaryBorderColor: look.line,
  secondaryColor: look.note,
  tertiaryColor: look.background,
  lineColor: look.quiet,
  textColor: look.ink,
  mainBkg: look.surface,
  nodeBorder: look.line,
  clusterBkg: look.background,
  clusterBorder: look.quiet,
  titleColor: look.ink,
  edgeLabelBackground: look.background,
  actorBkg: look.surface,
  actorBorder: look.line,
  actorTextColor: look.ink,
  actorLineColor: look.quiet,
  signalColor: look.ink,
  signalTextColor: look.ink,
  labelBoxBkgColor: look.surface,
  labelBoxBorderColor: look.line,
  labelTextColor: look.ink,
  loopTextColor: look.ink,
  noteBkgColor: look.note,
  noteBorderColor: look.quiet,
  noteTextColor: look.ink,
  activationBkgColor: look.note,
  activationBorderColor: look.quiet,
})

/** Runs in the browser: draws, and returns the elements of the drawing with the looks they ended up with. */
async function drawInPage({ id, source, theme }) {
  const background = theme.background
  const mermaid = globalThis.mermaid
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    theme: 'base',
    themeVariables: theme,
    htmlLabels: false,
    deterministicIds: true,
    deterministicIDSeed: id,
    flowchart: { htmlLabels: false, useMaxWidth: true },
    sequence: { mirrorActors: false, height: 44, width: 128, actorMargin: 16, useMaxWidth: true },
  })
  document.body.innerHTML = '<main style="width: 900px"></main>'
  const { svg } = await mermaid.render(id, source, document.querySelector('main'))
  document.querySelector('main').innerHTML = svg
  const root = document.querySelector('main svg')
  root.querySelectorAll('symbol, filter, linearGradient, radialGradient').forEach((e) => e.remove())
  if (root.querySelector('foreignObject')) throw new Error('The drawing holds HTML; use a diagram with plain text labels')
  // A label stands on a lifeline: the line must not go through it.
  for (const text of root.querySelectorAll('text.messageText')) {
    const { x, y, width, height } = text.getBBox()
    const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
    for (const [name, value] of Object.entries({ x: x - 4, y: y - 1, width: width + 8, height: height + 2, fill: background })) ground.setAttribute(name, value)
    text.before(ground)
  }
  const colors = ['fill', 'stroke']
  const others = ['stroke-width', 'stroke-dasharray', 'font-size', 'font-weight', 'font-style', 'text-anchor', 'dominant-baseline', 'opacity', 'fill-opacity', 'stroke-opacity', 'marker-start', 'marker-end', 'visibility', 'display']
  const plain = { fill: 'rgb(0, 0, 0)', stroke: 'none', 'stroke-width': '1px', 'stroke-dasharray': 'none', 'font-weight': '400', 'font-style': 'normal', 'text-anchor': 'start', 'dominant-baseline': 'auto', opacity: '1', 'fill-opacity': '1', 'stroke-opacity': '1', 'marker-start': 'none', 'marker-end': 'none', visibility: 'visible', display: 'inline' }
  const notInherited = new Set(['opacity', 'display', 'dominant-baseline'])
  const shapes = [...root.querySelectorAll('*')].filter((e) => !e.closest('style'))
  const looks = shapes.map((element) => {
    const style = getComputedStyle(element)
    const parent = getComputedStyle(element.parentElement)
    const get = (from, name) => (from.getPropertyValue(name) || plain[name]).trim()
    const found = {}
    for (const name of [...colors, ...others]) {
      const value = get(style, name)
      const parentFill = name === 'fill' && ['g', 'marker', 'svg'].includes(element.parentElement.tagName)
      const base = parentFill || element.parentElement === root || notInherited.has(name) ? (plain[name] ?? '') : get(parent, name)
      if (name === 'fill' && ['line', 'g', 'defs', 'marker'].includes(element.tagName)) continue
      if (value !== base && !(name === 'display' && value === 'block')) found[name] = value
    }
    return found
  })
  shapes.forEach((element, index) => element.setAttribute('data-look', index))
  root.querySelectorAll('style').forEach((e) => e.remove())
  for (const element of root.querySelectorAll('*')) {
    for (const name of [...element.getAttributeNames()]) {
      if (['class', 'style', 'filter', 'fill', 'stroke', 'font-size', 'font-weight', 'font-family', 'text-anchor', 'dominant-baseline', 'alignment-baseline', 'stroke-width', 'name', 'title', 'role'].includes(name) || (name.startsWith('data-') && name !== 'data-look') || name.startsWith('aria-')) {
        element.removeAttribute(name)
      }
    }
  }
  // Mermaid leaves wide margins, and makes lifelines longer than the drawing.
  let [, top, , height] = root.getAttribute('viewBox').split(' ').map(Number)
  const lifelines = [...root.querySelectorAll('line')].filter((line) => line.y2.baseVal.value > top + height)
  if (lifelines.length) {
    const drawn = [...root.querySelectorAll('rect, text, path, line')].filter((e) => !lifelines.includes(e) && !e.closest('defs'))
    const bottom = Math.max(...drawn.map((e) => e.getBBox().y + e.getBBox().height)) + 14
    for (const line of lifelines) line.setAttribute('y2', bottom)
    height = bottom - top
  }
  const box = root.getBBox()
  const width = Math.ceil(box.width) + 8
  root.setAttribute('viewBox', `${Math.floor(box.x) - 4} ${top} ${width} ${height}`)
  for (const name of [...root.getAttributeNames()]) if (!['id', 'viewBox', 'xmlns'].includes(name)) root.removeAttribute(name)
  root.setAttribute('width', width)
  root.setAttribute('height', Math.ceil(height))
  // What no shape refers to need not be there.
  const markup = root.outerHTML
  const named = (id) => markup.includes(`url(#${id})`) || looks.some((look) => Object.values(look).some((value) => value.includes(`#${id}"`)))
  for (const element of root.querySelectorAll('[id]')) if (!named(element.id)) element.tagName === 'marker' ? element.remove() : element.removeAttribute('id')
  for (const element of [...root.querySelectorAll('g, defs, text, tspan')].reverse()) if (!element.childNodes.length) element.remove()
  return { markup: root.outerHTML, looks }
}

/** Puts the two drawings together. Throws if they differ in more than color. */
export function merge(light, dark) {
  if (light.markup !== dark.markup) throw new Error('The light and the dark drawing differ in more than color')
  return (
    light.markup
      .replace(/ data-look="(\d+)"/g, (_, index) => {
        const style = Object.entries(light.looks[index]).map(([name, value]) => {
          const other = dark.looks[index][name] ?? value
          const clean = (v) => v.replace(/url\("?(#[^")]+)"?\)/, 'url($1)').replaceAll('"', "'")
          return `${name}:${value === other ? clean(value) : `light-dark(${clean(value)},${clean(other)})`}`
        })
        return style.length ? ` style="${style.join(';')}"` : ''
      })
      .replace(/<([\w]+)([^>]*)><\/\1>/g, '<$1$2/>')
      .replace(/(\d+\.\d{2})\d+/g, '$1')
      .trim() + '\n'
  )
}

async function main() {
  const diagrams = diagramsOf(readPages())
  const untitled = diagrams.find((d) => !d.title)
  if (untitled) throw new Error(`${untitled.page}:${untitled.line}: a diagram needs a title: \`\`\`mermaid What it shows`)
  const used = new Set(diagrams.map((d) => d.name))
  for (const file of readdirSync(diagramsDir)) {
    if (file.endsWith('.svg') && !used.has(file)) {
      rmSync(join(diagramsDir, file))
      console.log(`removed ${file}`)
    }
  }
  const missing = diagrams.filter((d, i) => !existsSync(join(diagramsDir, d.name)) && diagrams.findIndex((o) => o.name === d.name) === i)
  if (!missing.length) return console.log(`${diagrams.length} diagrams, none has changed`)
  const font = readFileSync(join(packageDir('vitepress'), 'dist/client/theme-default/fonts/inter-roman-latin.woff2')).toString('base64')
  const browser = await launch()
  try {
    const page = await browser.newPage()
    await page.setContent(`<style>@font-face{font-family:Inter;font-weight:100 900;src:url(data:font/woff2;base64,${font})}body{font-family:Inter}</style>`)
    await page.addScriptTag({ path: join(packageDir('mermaid'), 'dist/mermaid.min.js') })
    await page.evaluate(() => Promise.all([document.fonts.load('15px Inter'), document.fonts.load('bold 15px Inter')]))
    for (const { name, source, page: file, line } of missing) {
      const id = `d${diagramName(source).slice(0, 8)}`
      try {
        const light = await page.evaluate(drawInPage, { id, source, theme: themeOf(LOOKS.light) })
        const dark = await page.evaluate(drawInPage, { id, source, theme: themeOf(LOOKS.dark) })
        writeFileSync(join(diagramsDir, name), merge(light, dark))
      } catch (error) {
        throw new Error(`${file}:${line}: ${error.message}`, { cause: error })
      }
      console.log(`drew ${file}:${line} as ${name}`)
    }
  } finally {
    await browser.close()
  }
}

await main()
