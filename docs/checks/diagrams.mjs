// A ```mermaid fence in a page is drawn by `npm run diagrams` and committed as SVG, named by the hash of
// its text. A build only puts the committed SVG into the page, and fails when there is none.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docsDir, fences } from './pages.mjs'

export const diagramsDir = join(docsDir, 'diagrams')

/** To be raised when the drawing changes, so that all diagrams count as stale. */
const DRAWING = 2

export const diagramName = (source) =>
  `${createHash('sha256').update(`${DRAWING}\n${source.trim()}`).digest('hex').slice(0, 12)}.svg`

/** Returns the diagrams of the pages: [{page, line, title, source, name}]. */
export const diagramsOf = (pages) =>
  pages.flatMap((page) =>
    fences(page.text)
      .filter(({ lang }) => lang === 'mermaid')
      .map(({ info, line, content }) => ({ page: page.file, line, title: info.trim(), source: content, name: diagramName(content) })),
  )

/** Returns what is wrong, as sentences: diagrams without a title or a drawing, drawings without a diagram. */
export function checkDiagrams(pages, dir = diagramsDir) {
  const diagrams = diagramsOf(pages)
  const used = new Set(diagrams.map((d) => d.name))
  return [
    ...diagrams.filter((d) => !d.title).map((d) => `${d.page}:${d.line}: a diagram needs a title: \`\`\`mermaid What it shows`),
    ...diagrams.filter((d) => !existsSync(join(dir, d.name))).map((d) => `${d.page}:${d.line}: the diagram is new or has changed: npm run diagrams`),
    ...readdirSync(dir)
      .filter((file) => file.endsWith('.svg') && !used.has(file))
      .map((file) => `diagrams/${file} belongs to no page: npm run diagrams`),
  ]
}

/** A markdown-it rule: a mermaid fence becomes a figure with the committed drawing. */
export function diagramFences(md, dir = diagramsDir) {
  const otherFences = md.renderer.rules.fence
  md.renderer.rules.fence = (...args) => {
    const [tokens, index, , env] = args
    const token = tokens[index]
    const [, title] = /^mermaid\s*(.*)$/.exec(token.info.trim()) ?? []
    if (title === undefined) return otherFences(...args)
    const label = md.utils.escapeHtml(title)
    const file = join(dir, diagramName(token.content))
    if (!existsSync(file)) {
      if (process.env.NODE_ENV === 'production') throw new Error(`${env?.relativePath ?? 'A page'}: the diagram “${title}” is new or has changed: npm run diagrams`)
      return `<figure class="diagram"><pre v-pre>${md.utils.escapeHtml(token.content)}</pre><figcaption>${label} (not drawn yet: npm run diagrams)</figcaption></figure>`
    }
    env?.includes?.push(file)
    const drawing = readFileSync(file, 'utf8').replaceAll('xlink:href=', 'href=')
    const role = drawing.includes('<a ') ? 'group' : 'img' // what is in an image can't be a link
    const svg = drawing.replace('<svg ', `<svg role="${role}" aria-label="${label}" `)
    return `<figure class="diagram" v-pre><div class="diagram-scroll" tabindex="0" role="group" aria-label="${label}">${svg}</div><figcaption>${label}</figcaption></figure>\n`
  }
}
