// The commands that a page tells the reader to type are run by `npm run commands`, in a fresh clone: the shell blocks
// of pages, and that of each lesson's first exercise. Those of the others differ in the name of the test, which the
// course check compares with the catalogue.
//
//   ```sh run                            run; `set -e`
//   ```sh run expect=path/to/file.txt    run; each line of the file must be in the output, in order
//   ```sh norun reason="needs a broker"  not run, and says why
import { spawn, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCatalogue } from './exercises.mjs'
import { fences, readPages, repoDir } from './pages.mjs'

const SHELLS = new Set(['sh', 'bash', 'shell', 'console', 'zsh'])

/** Returns the shell blocks of the pages: [{page, line, script, run, reason, expect, problem}]. */
export function shellBlocks(pages) {
  return pages.flatMap((page) =>
    fences(page.text)
      .filter(({ lang }) => SHELLS.has(lang))
      .map(({ lang, info, line, content }) => {
        const flag = (name) => new RegExp(`(?:^|\\s)${name}(?=\\s|$)`).test(info.replace(/"[^"]*"/g, ''))
        const value = (name) => {
          const found = new RegExp(`(?:^|\\s)${name}=(?:"([^"]*)"|(\\S+))`).exec(info)
          return found && (found[1] ?? found[2])
        }
        const block = { page: page.file, line, script: content, run: flag('run'), reason: value('reason'), expect: value('expect') }
        return { ...block, problem: problemOf(lang, block, flag('norun')) }
      }),
  )
}

/** Returns the command of each lesson's first exercise as a block to run, unless a page's own block runs it. */
export const exerciseBlocks = (exercises, blocks) =>
  exercises
    .filter(({ id }) => id.endsWith('.1'))
    .filter(({ command }) => !blocks.some(({ run, script }) => run && script.trim() === command))
    .map(({ id, command }) => ({ page: 'exercise', line: id, script: `${command}\n`, run: true }))

function problemOf(lang, { run, reason, expect }, norun) {
  if (lang !== 'sh') return `is marked ${lang}; write sh run, or sh norun reason=…`
  if (run === norun) return 'must say either run, or norun reason=…'
  if (norun && !reason) return 'is norun without a reason=…'
  if (norun && expect) return 'is norun and has expect=…, which nothing would compare'
  return null
}

/** Returns what is wrong with the pages' shell blocks, as sentences. */
export function checkCommands(pages, root = repoDir) {
  return shellBlocks(pages).flatMap(({ page, line, problem, expect }) => [
    ...(problem ? [`${page}:${line}: this shell block ${problem}`] : []),
    ...(expect && !existsSync(join(root, expect)) ? [`${page}:${line}: expect=${expect} is not there`] : []),
  ])
}

/** Returns the first line of `expected` that the output lacks after the ones before it, or null. */
export function firstMissing(expected, output) {
  const lines = output.split('\n').map((line) => line.trimEnd())
  let from = 0
  for (const line of expected.replace(/\n$/, '').split('\n')) {
    const at = lines.indexOf(line.trimEnd(), from)
    if (at < 0) return line
    from = at + 1
  }
  return null
}

/** Runs one block as a bash script. Resolves to {code, output}; prints as it goes. */
function runScript(script, cwd, print) {
  return new Promise((done, fail) => {
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
        print(text)
      })
    }
    child.on('error', fail).on('close', (code) => done({ code, output }))
  })
}

/** Runs blocks in order in one folder; throws at the first that fails, with its page and line. */
export async function runBlocks(blocks, cwd, print = (text) => process.stdout.write(text)) {
  for (const { page, line, script, expect } of blocks) {
    const where = `${page}:${line}`
    print(`\n== ${where}\n${script.replace(/^/gm, '$ ').replace(/\$ $/, '')}`)
    const started = Date.now()
    const { code, output } = await runScript(script, cwd, print)
    print(`== ${where}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
    if (code !== 0) throw new Error(`${where}: the command failed with exit code ${code}`)
    if (expect) {
      const missing = firstMissing(readFileSync(resolve(cwd, expect), 'utf8'), output)
      if (missing !== null) throw new Error(`${where}: the output lacks this line of ${expect}, or has it too early: ${missing}`)
    }
  }
}

async function main(mode) {
  const pages = readPages()
  const blocks = shellBlocks(pages)
  const problems = checkCommands(pages)
  if (problems.length) throw new Error(problems.join('\n'))
  const toRun = [...blocks.filter((block) => block.run), ...exerciseBlocks(readCatalogue(), blocks)]
  if (mode === 'list') {
    console.log(JSON.stringify(toRun.map(({ page, line, script, expect }) => ({ page, line, script, expect: expect ?? undefined })), null, 2))
    return
  }
  const clone = mkdtempSync(join(tmpdir(), 'counting-streams-'))
  try {
    execFileSync('git', ['clone', '--quiet', repoDir, clone], { stdio: 'inherit' })
    await runBlocks(toRun, clone)
    console.log(`${toRun.length} blocks ran.`)
  } finally {
    rmSync(clone, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv[2]).catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
