// Reads the pages as text. Every other check starts here.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const docsDir = resolve(dirname(fileURLToPath(import.meta.url)), '..')
export const repoDir = resolve(docsDir, '..')

/** The pages in the order of the sidebar's names: what a reader meets first comes first. */
const ORDER = ['index', 'getting-started', 'exercises']

/** Returns all pages: [{name, file, text}], the introduction first, then lessons, then reference. */
export function readPages(dir = docsDir) {
  const rank = (name) => {
    const known = ORDER.indexOf(name)
    return known >= 0 ? known : name.startsWith('lesson-') ? ORDER.length : ORDER.length + 1
  }
  return readdirSync(dir)
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({ name: file.slice(0, -3), file, text: readFileSync(join(dir, file), 'utf8') }))
    .sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1))
}

/** Returns the fenced blocks of a page: [{lang, info, line, content}]; `line` is the opening fence's, from 1. */
export function fences(text) {
  const found = []
  let open = null
  text.split('\n').forEach((line, index) => {
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line)
    if (open) {
      if (fence && fence[2][0] === open.mark[0] && fence[2].length >= open.mark.length && !fence[3]) {
        found.push({ lang: open.lang, info: open.info, line: open.line, content: open.lines.join('\n') + '\n' })
        open = null
      } else {
        // A fence in a list is indented; its content is, by as much.
        open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart())
      }
    } else if (fence) {
      const [, lang, info] = /^(\S*)\s*(.*)$/.exec(fence[3])
      open = { indent: fence[1], mark: fence[2], lang, info, line: index + 1, lines: [] }
    }
  })
  return found
}

/** Returns the text with fenced blocks and inline code blanked out, line numbers kept. */
export function withoutCode(text) {
  let mark = null
  return text
    .split('\n')
    .map((line) => {
      const fence = /^\s*(`{3,}|~{3,})(.*)$/.exec(line)
      if (mark) {
        if (fence && fence[1].startsWith(mark) && !fence[2].trim()) mark = null
        return ''
      }
      if (fence) {
        mark = fence[1]
        return ''
      }
      return line.replace(/(`+)(?:.*?[^`])\1(?!`)/g, '')
    })
    .join('\n')
}

/** Returns what a page imports with `<<<`: [{file, region, line}], the file as an absolute path. */
export function imports(page, dir = docsDir) {
  return withoutCode(page.text)
    .split('\n')
    .map((line, index) => ({ line: index + 1, found: /^<<<\s*([^\s#{[]+)(?:#([\w.-]+))?/.exec(line) }))
    .filter(({ found }) => found)
    .map(({ line, found }) => ({ file: resolve(dir, found[1].replace(/^@\//, '')), region: found[2] ?? '', line }))
}

export const shortPath = (file, from = repoDir) => relative(from, file).replaceAll('\\', '/')
