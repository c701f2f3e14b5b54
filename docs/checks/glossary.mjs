// The first time a lesson page uses a word of the glossary, the word is a link to it.
import { withoutCode } from './pages.mjs'

/** What a page writes, where it is not the glossary's heading or its plural. */
const FORMS = { executor: '(?<!job )executors?', 'pending-batch': 'pending' }

/** Returns what is wrong, as sentences: words whose first use in a lesson's prose is no link to the glossary. */
export function checkGlossary(pages) {
  const glossary = pages.find(({ name }) => name === 'glossary')?.text ?? ''
  const words = [...glossary.matchAll(/^## (.*?) \{#([\w-]+)\}$/gm)].map(([, word, id]) => ({ word, id, form: (FORMS[id] ?? `${word}s?`).replaceAll(' ', '\\s+') }))
  return pages
    .filter(({ name }) => name.startsWith('lesson-'))
    .flatMap(({ file, text }) => {
      const prose = proseOf(text)
      const read = prose.replace(/\]\([^)]*\)/g, blank)
      return words.flatMap(({ word, id, form }) => {
        const first = read.search(new RegExp(`\\b${form}\\b`, 'i'))
        if (first < 0 || new RegExp(`^[^\\][]*\\]\\(\\./glossary#${id}\\)`).test(prose.slice(first))) return []
        return [`${file}:${prose.slice(0, first).split('\n').length}: the first use of “${word}” must be a link: [${word.toLowerCase()}](./glossary#${id})`]
      })
    })
}

const blank = (text) => text.replace(/[^\n]/g, ' ')

/** The sentences of a page. Blank, with lines and places kept: code, headings, directives, tags, and links to elsewhere. */
const proseOf = (text) =>
  withoutCode(text)
    .replace(/<[A-Za-z/][^>]*>|^(?:#|:::|<<<).*$/gm, blank)
    .replace(/\[[^\][]*\]\((?!\.\/glossary#)[^)]*\)/g, blank)
