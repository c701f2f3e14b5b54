// `<Measurement name="…" />` becomes a table before the page is parsed, from docs/data/<name>.json, which a
// measurement of ours has written: {caption, columns, rows, machine}.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docsDir } from './pages.mjs'

const TAG = /^<Measurement\s+name="([\w-]+)"\s*\/>[ \t]*$/gm

const isNumber = (cell) => cell !== '' && !isNaN(cell)
/** Thousands are set apart from five digits on, as in print. */
const shown = (cell) => (isNumber(cell) && Math.abs(cell) >= 10_000 ? Number(cell).toLocaleString('en-US') : cell)

export function measurementMarkdown({ caption, columns, rows, machine }) {
  const row = (cells) => `| ${cells.map(shown).join(' | ')} |`
  return [
    '<div class="measurement">',
    '',
    `**Measured.** ${caption}. (${machine})`,
    '',
    row(columns),
    row(columns.map((_, i) => (rows.every((cells) => isNumber(cells[i])) ? '---:' : '---'))),
    ...rows.map(row),
    '',
    '</div>',
  ].join('\n')
}

/** A markdown-it rule that replaces each measurement tag; a missing file throws. */
export function measurements(md, folder = join(docsDir, 'data')) {
  md.core.ruler.before('normalize', 'measurements', (state) => {
    state.src = state.src.replace(TAG, (tag, name) => {
      const file = join(folder, `${name}.json`)
      if (!existsSync(file)) throw new Error(`${tag}: there is no ${name}.json in docs/data`)
      state.env.includes?.push(file)
      return measurementMarkdown(JSON.parse(readFileSync(file, 'utf8')))
    })
  })
}
