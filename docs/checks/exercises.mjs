// `<Exercise id="1.1" />` becomes plain markdown before it is parsed: so it needs no JavaScript to be
// read, search finds it, and its heading is in the page's outline.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docsDir, repoDir, withoutCode } from './pages.mjs'

export const catalogueFile = join(docsDir, 'data/exercises.json')
const TAG = /^<Exercise\s+id="([^"]*)"\s*\/>[ \t]*$/gm
const HINT_NAMES = ['A nudge', 'A bigger nudge', 'Nearly the answer']

export const readCatalogue = (file = catalogueFile) => JSON.parse(readFileSync(file, 'utf8')).exercises

export const anchorOf = (id) => `exercise-${id.toLowerCase().replaceAll('.', '-')}`

// What the catalogue says is text, not markdown or HTML, apart from `code`.
const escape = (text) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('{{', '{&#123;')
    .replace(/([\\*_[\]])/g, '\\$1')

/** Returns the exercise as markdown, with a heading unless the page has one with the exercise's anchor. */
export function exerciseMarkdown(exercise, { heading = true } = {}) {
  const fileName = exercise.starter.split('/').at(-1)
  return [
    `<section class="exercise" aria-labelledby="${anchorOf(exercise.id)}">`,
    '',
    ...(heading ? [`### Exercise ${exercise.id}: ${escape(exercise.title)} {#${anchorOf(exercise.id)}}`, ''] : []),
    escape(exercise.task),
    '',
    `<p class="exercise-file"><span>Edit</span> <code title="${escape(exercise.starter)}">${escape(fileName)}</code> <small>in ${escape(exercise.starter.slice(0, -fileName.length - 1)).replaceAll('/', '/<wbr>')}</small></p>`,
    '',
    '```sh',
    exercise.command,
    '```',
    '',
    ...exercise.hints.flatMap((hint, index) => [
      '<details>',
      `<summary>Hint ${index + 1}: ${HINT_NAMES[index] ?? 'more'}</summary>`,
      '',
      escape(hint),
      '',
      '</details>',
      '',
    ]),
    '</section>',
  ].join('\n')
}

/** A markdown-it rule that replaces each exercise tag; an unknown id throws. */
export function exerciseCards(md, file = catalogueFile) {
  md.core.ruler.before('normalize', 'exercises', (state) => {
    if (!state.src.includes('<Exercise')) return
    const exercises = readCatalogue(file)
    state.env.includes?.push(file)
    const page = state.src
    state.src = page.replace(TAG, (tag, id) => {
      const exercise = exercises.find((e) => e.id === id)
      if (!exercise) throw new Error(`${state.env.relativePath ?? 'A page'} shows exercise ${id}, which is not in data/exercises.json`)
      return exerciseMarkdown(exercise, { heading: !page.includes(`{#${anchorOf(id)}}`) })
    })
  })
}

/** Returns what is wrong between catalogue, pages and repository, as sentences. */
export function checkExercises(pages, exercises = readCatalogue(), root = repoDir) {
  const problems = []
  const shown = pages.flatMap((page) => [...withoutCode(page.text).matchAll(TAG)].map((match) => ({ id: match[1], page: page.name })))
  for (const exercise of exercises) {
    const at = shown.filter((s) => s.id === exercise.id)
    const page = exercise.page.split('#')[0]
    if (at.length !== 1 || at[0].page !== page) {
      problems.push(`Exercise ${exercise.id} must be on ${page}.md, once. It is on: ${at.map((s) => s.page).join(', ') || 'no page'}`)
    }
    if (exercise.hints.length !== 3) problems.push(`Exercise ${exercise.id} has ${exercise.hints.length} hints, not 3`)
    for (const part of ['starter', 'solution', 'test']) {
      if (!existsSync(join(root, exercise[part]))) problems.push(`Exercise ${exercise.id}: its ${part} ${exercise[part]} is not there`)
    }
  }
  return problems
}
