// Code and output come from files that tests run or write. What a page types itself is commands and diagrams.
import { fences, imports } from './pages.mjs'

const TYPED = new Set(['sh', 'mermaid'])

/** Returns what is wrong, as sentences: fences that hold typed code, and imports of whole Java files. */
export const checkFences = (pages) =>
  pages.flatMap((page) => [
    ...fences(page.text)
      .filter(({ lang }) => !TYPED.has(lang))
      .map(({ lang, line }) => `${page.file}:${line}: a fence of ${lang || 'no language'}: import code and output from a tested file, by <<<`),
    ...imports(page)
      .filter(({ file, region }) => file.endsWith('.java') && !region)
      .map(({ file, line }) => `${page.file}:${line}: import a part of ${file.split('/').at(-1)}, by #region`),
  ])
