// Source that is marked for the book must be in the book: a region that no page imports is either a
// forgotten paragraph or a forgotten marker.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docsDir, imports, repoDir, shortPath } from './pages.mjs'

function javaFiles(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'target') return []
    const path = join(dir, entry.name)
    return entry.isDirectory() ? javaFiles(path) : entry.name.endsWith('.java') ? [path] : []
  })
}

/** Returns the regions that the repository's Java sources mark: [{file, region, line}]. */
export function markedRegions(root = repoDir) {
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, 'pom.xml')))
    .flatMap((name) => javaFiles(join(root, name)))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .map((text, index) => ({ file, line: index + 1, region: /^\s*\/\/ #region\s+(\S+)/.exec(text)?.[1] }))
        .filter(({ region }) => region),
    )
}

/** Returns what is wrong, as sentences: regions that no page imports. */
export function checkRegions(pages, { docs = docsDir, root = repoDir } = {}) {
  const imported = new Set(pages.flatMap((page) => imports(page, docs)).map((i) => `${i.file}#${i.region}`))
  return markedRegions(root)
    .filter(({ file, region }) => !imported.has(`${file}#${region}`))
    .map(({ file, line, region }) => `${shortPath(file, root)}:${line}: no page imports the region ${region}`)
}
