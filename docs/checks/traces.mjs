// Every trace under docs/traces is checked, and every trace that a page plays must be there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readTrace } from '../.vitepress/theme/player/schema.mjs'
import { docsDir, withoutCode } from './pages.mjs'

export const readSchema = () => JSON.parse(readFileSync(join(docsDir, 'public/trace.schema.json'), 'utf8'))

const MOST_PROBLEMS = 5

function jsonFiles(dir, prefix = '') {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? jsonFiles(join(dir, e.name), `${prefix}${e.name}/`) : e.name.endsWith('.json') ? [prefix + e.name] : [],
  )
}

/** Returns what is wrong with the traces and the pages that play them, as sentences. */
export function checkTraces(pages, dir = join(docsDir, 'traces')) {
  const schema = readSchema()
  const files = jsonFiles(dir)
  const played = pages.flatMap((page) =>
    [...withoutCode(page.text).matchAll(/<BatchPlayer\b[^>]*:traces="\[([^\]]*)\]"/g)].flatMap((match) =>
      [...match[1].matchAll(/'([^']*)'/g)].map((id) => ({ page: page.file, id: id[1] })),
    ),
  )
  return [
    ...files.flatMap((file) => {
      const { problems = [] } = readTrace(readFileSync(join(dir, file), 'utf8'), schema)
      return problems.slice(0, MOST_PROBLEMS).map((problem) => `traces/${file}: ${problem}`)
    }),
    ...played.filter(({ id }) => !existsSync(join(dir, `${id}.json`))).map(({ page, id }) => `${page} plays the trace ${id}, which is not there`),
    ...files
      .filter((file) => !played.some(({ id }) => `${id}.json` === file))
      .map((file) => `traces/${file} is played on no page`),
  ]
}
