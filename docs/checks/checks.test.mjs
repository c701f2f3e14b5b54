// Proves that each check can fail, and lets pass what is right.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkCommands, exerciseBlocks, firstMissing, runBlocks, shellBlocks } from './commands.mjs'
import { unknownTags } from './components.mjs'
import { checkDiagrams, diagramFences, diagramName } from './diagrams.mjs'
import { anchorOf, checkExercises, exerciseCards, exerciseMarkdown } from './exercises.mjs'
import { checkFences } from './fences.mjs'
import { checkGlossary } from './glossary.mjs'
import { checkLinks } from './links.mjs'
import { measurementMarkdown, measurements } from './measurements.mjs'
import { fences, imports, readPages, withoutCode } from './pages.mjs'
import { checkRegions } from './regions.mjs'
import { checkTraces } from './traces.mjs'

/** Writes files into a fresh folder and returns it. */
function folder(files) {
  const dir = mkdtempSync(join(tmpdir(), 'docs-check-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), text)
  }
  return dir
}
const page = (text, name = 'lesson-01') => ({ name, file: `${name}.md`, text })

test('pages come in the order in which they are read', () => {
  const dir = folder({ 'glossary.md': '', 'lesson-02.md': '', 'index.md': '', 'lesson-01.md': '', 'getting-started.md': '' })
  assert.deepEqual(readPages(dir).map((p) => p.name), ['index', 'getting-started', 'lesson-01', 'lesson-02', 'glossary'])
})

test('fences: language, info, line and content, also indented and nested ones', () => {
  const text = 'a\n```sh run\nls\n```\n- b\n  ~~~java\n  int a;\n  ```\n  ~~~\n'
  assert.deepEqual(fences(text), [
    { lang: 'sh', info: 'run', line: 2, content: 'ls\n' },
    { lang: 'java', info: '', line: 6, content: 'int a;\n```\n' },
  ])
})

test('code is left out, lines are kept', () => {
  assert.equal(withoutCode('a `<B />` c\n```\n<D />\n```\n<E />'), 'a  c\n\n\n\n<E />')
})

test('imports: file and region', () => {
  const [whole, part] = imports(page('<<< ../a/b.txt\n\n<<< ../a/C.java#one{2-3 java}\n'), '/r/docs')
  assert.deepEqual([whole.file, whole.region, part.file, part.region, part.line], ['/r/a/b.txt', '', '/r/a/C.java', 'one', 3])
})

test('regions: one that no page imports is reported', () => {
  const root = folder({
    'lesson-01-a/pom.xml': '',
    'lesson-01-a/src/main/java/A.java': '// #region one\n// #endregion one\n  // #region two\n// #endregion two\n',
    'lesson-01-a/target/A.java': '// #region built\n',
    'other/A.java': '// #region elsewhere\n',
  })
  const docs = join(root, 'docs')
  const both = '<<< ../lesson-01-a/src/main/java/A.java#one\n<<< ../lesson-01-a/src/main/java/A.java#two\n'
  assert.deepEqual(checkRegions([page(both)], { root, docs }), [])
  assert.deepEqual(checkRegions([page(both.split('\n')[0])], { root, docs }), ['lesson-01-a/src/main/java/A.java:3: no page imports the region two'])
})

test('fences: code and output are imported, and of Java a region', () => {
  const right = '```sh run\nls\n```\n```mermaid T\na\n```\n<<< ../a/B.java#one\n<<< ../a/expected/c.txt\n'
  assert.deepEqual(checkFences([page(right)]), [])
  for (const lang of ['java', 'text', '']) assert.match(checkFences([page(`\`\`\`${lang}\na\n\`\`\`\n`)])[0], /^lesson-01\.md:1: .*<<</, lang)
  assert.match(checkFences([page('a\n<<< ../a/B.java\n')])[0], /^lesson-01\.md:2: .*#region/)
})

test('glossary: the first use of a word in the prose of a lesson is a link', () => {
  const words = page('## Batch time {#batch-time}\n## Executor {#executor}\n', 'glossary')
  const problems = (text) => checkGlossary([page(text), words])
  assert.deepEqual(problems('# Batch time\n`batch time`\n<P q="batch time" />\n[The batch time page](./x)\nthe job executor\n[batch\ntimes](./glossary#batch-time) and a batch time'), [])
  assert.deepEqual(problems('a\nEach batch\ntime. A [batch time](./glossary#batch-time)'), ['lesson-01.md:2: the first use of “Batch time” must be a link: [batch time](./glossary#batch-time)'])
  assert.match(problems('An executor')[0], /“Executor”/)
  assert.match(problems('[batch times](./glossary#executor)')[0], /“Batch time”/)
  assert.deepEqual(checkGlossary([page('a batch time', 'index'), words]), [])
})

test('components: HTML, SVG and our own pass, others are named', () => {
  const known = new Set(['Predict'])
  assert.deepEqual(unknownTags('<div><Predict question="a < b"/></div><svg><path d=""/></svg><!-- <Old /> -->', known), [])
  assert.deepEqual(unknownTags('a List<Long> and <predict>', known), ['Long', 'predict'])
})

test('exercises: become markdown with task, command and hints, and no markup of their own', () => {
  const markdown = exerciseMarkdown({ ...exercise, title: 'Use <Long> & *more*', hints: ['{{ a }}', 'b', 'c'] })
  assert.match(markdown, /### Exercise 1\.1: Use &lt;Long&gt; &amp; \\\*more\\\* \{#exercise-1-1\}/)
  assert.match(markdown, /mvn test/)
  assert.equal(markdown.match(/<details>/g).length, 3)
  assert.doesNotMatch(markdown, /\{\{/)
  assert.equal(anchorOf('1.1'), 'exercise-1-1')
})

const exercise = { id: '1.1', title: 'T', task: 'Do it.', page: 'lesson-01#exercise-1-1', starter: 'a/S.java', solution: 'b/S.java', test: 'c/STest.java', command: 'mvn test', hints: ['a', 'b', 'c'] }

test('exercises: an unknown id stops the build', () => {
  const file = join(folder({ 'e.json': JSON.stringify({ exercises: [exercise] }) }), 'e.json')
  let rule
  exerciseCards({ core: { ruler: { before: (_, __, r) => (rule = r) } } }, file)
  const state = { src: 'a\n<Exercise id="1.1" />\nb', env: {} }
  rule(state)
  assert.match(state.src, /^a\n<section[^]*<\/section>\nb$/)
  const withHeading = { src: '### Mine {#exercise-1-1}\n\n<Exercise id="1.1" />', env: {} }
  rule(withHeading)
  assert.equal(withHeading.src.match(/\{#exercise-1-1\}/g).length, 1)
  assert.throws(() => rule({ src: '<Exercise id="9.9" />', env: {} }), /exercise 9\.9, which is not in/)
})

test('exercises: each is on its page once, and its files are there', () => {
  const root = folder({ 'a/S.java': '', 'b/S.java': '', 'c/STest.java': '' })
  const shown = page('<Exercise id="1.1" />')
  assert.deepEqual(checkExercises([shown], [exercise], root), [])
  assert.match(checkExercises([page('')], [exercise], root)[0], /no page/)
  assert.match(checkExercises([shown, page('<Exercise id="1.1" />', 'index')], [exercise], root)[0], /index/)
  assert.match(checkExercises([shown], [{ ...exercise, test: 'none' }], root)[0], /its test none is not there/)
  assert.match(checkExercises([shown], [{ ...exercise, hints: [] }], root)[0], /0 hints/)
})

test('commands: every shell block says run, or norun with a reason', () => {
  const block = (info) => page(`\`\`\`${info}\nls\n\`\`\`\n`)
  const root = folder({ 'e.txt': '' })
  for (const right of ['sh run', 'sh norun reason="a b"', 'sh run expect=e.txt', 'java']) assert.deepEqual(checkCommands([block(right)], root), [], right)
  for (const wrong of ['sh', 'sh norun', 'sh run norun reason=x', 'bash run', 'sh norun reason=x expect=e.txt', 'sh run expect=none.txt']) {
    assert.match(checkCommands([block(wrong)], root)[0] ?? '', /^lesson-01\.md:1: /, wrong)
  }
  assert.equal(shellBlocks([block('sh norun reason="a run b"')])[0].run, false)
})

test('commands: that of a first exercise is run, once', () => {
  const blocks = shellBlocks([page('```sh run\nmvn one\n```\n```sh norun reason="a"\nmvn two\n```\n')])
  const run = exerciseBlocks([{ id: '1.1', command: 'mvn one' }, { id: '2.1', command: 'mvn two' }, { id: '2.2', command: 'mvn three' }], blocks)
  assert.deepEqual(run.map(({ page, line, script }) => [page, line, script]), [['exercise', '2.1', 'mvn two\n']])
})

test('commands: lines must appear in order', () => {
  assert.equal(firstMissing('a\nb\n', 'x\na\ny\nb\n'), null)
  assert.equal(firstMissing('a\nb\n', 'b\na\n'), 'b')
})

test('commands: a block stops at its first error, and its page and line are named', async () => {
  const dir = folder({ 'expected.txt': 'one\ntwo\n' })
  const run = async (script, expect) => {
    let output = ''
    const result = await runBlocks([{ page: 'a.md', line: 7, script, expect }], dir, (text) => (output += text)).catch((error) => error.message)
    return { result, output }
  }
  assert.equal((await run('echo one; echo two\n', 'expected.txt')).result, undefined)
  assert.match((await run('echo one\n', 'expected.txt')).result, /^a\.md:7: the output lacks this line of expected\.txt.*two$/)
  const failed = await run('false\necho after\n')
  assert.equal(failed.result, 'a.md:7: the command failed with exit code 1')
  assert.doesNotMatch(failed.output, /^after/m)
})

test('diagrams: new, untitled and left-over ones are reported', () => {
  const text = '```mermaid A title\ngraph LR; a-->b\n```\n'
  const name = diagramName('graph LR; a-->b\n')
  const dir = folder({ [name]: '<svg />' })
  assert.deepEqual(checkDiagrams([page(text)], dir), [])
  assert.match(checkDiagrams([page(text.replace('a-->b', 'a-->c'))], dir)[0], /^lesson-01\.md:1: the diagram is new or has changed/)
  assert.match(checkDiagrams([page(text.replace(' A title', ''))], dir)[0], /needs a title/)
  assert.match(checkDiagrams([page('')], dir)[0], /belongs to no page/)
})

test('diagrams: a build stops at one that is not drawn', () => {
  const md = { renderer: { rules: { fence: () => 'other' } }, utils: { escapeHtml: (t) => t } }
  diagramFences(md, folder({ [diagramName('a')]: '<svg >a</svg>' }))
  const render = (info, content) => md.renderer.rules.fence([{ info, content }], 0, {}, {})
  assert.equal(render('java', 'a'), 'other')
  assert.match(render('mermaid A title', 'a'), /aria-label="A title"[^]*<figcaption>A title/)
  process.env.NODE_ENV = 'production'
  assert.throws(() => render('mermaid A title', 'b'), /is new or has changed: npm run diagrams/)
})

test('links: dead pages, dead anchors and resources from elsewhere are reported, also under a path', () => {
  const site = (html, css = '') => folder({ 'index.html': `<a href="/base/">home</a>${html}`, 'a.html': '<h1 id="one">', 'x.png': '', 'style.css': css })
  const problems = (html, css) => checkLinks(site(html, css), '/base/')
  const right = '<a href="/base/a.html#one">x</a><a href="./a#one">x</a><a href="https://spark.apache.org/">x</a><img src="/base/x.png" alt=""><!-- <a href="/old"> -->'
  assert.deepEqual(problems(right), [])
  assert.match(problems('<a class="x" href="/base/b.html">')[0], /links to \/base\/b\.html, which is not there/)
  assert.match(problems('<a href="/a.html">')[0], /links to \/a\.html, which is not there/)
  assert.match(problems('<a href="/base/a.html#two">')[0], /no such anchor/)
  assert.match(problems('<a href="#three">')[0], /no such anchor/)
  assert.match(problems('<script src="https://example.org/x.js"></script>')[0], /loads https:\/\/example\.org\/x\.js/)
  assert.match(problems('<link rel="stylesheet" href="//example.org/x.css">')[0], /nothing from elsewhere/)
  assert.match(problems('<img src="/base/y.png" alt="">')[0], /loads \/base\/y\.png, which is not there/)
  assert.match(problems('', '@font-face{src:url(https://example.org/f.woff2)}')[0], /^style\.css loads/)
})

test('traces: each is by the schema, is there, and is played', () => {
  const trace = { schema: 1, title: 'T', run: { app: 'A', interval: 1000, clock: 'manual', zeroTime: 0, partitions: 1 }, events: [{ at: 0, type: 'started' }] }
  const dir = folder({ 'l/a.json': JSON.stringify(trace) })
  const plays = (id) => page(`<BatchPlayer :traces="['${id}']" />`)
  assert.deepEqual(checkTraces([plays('l/a')], dir), [])
  assert.deepEqual(checkTraces([plays('l/a'), plays('l/b')], dir), ['lesson-01.md plays the trace l/b, which is not there'])
  assert.deepEqual(checkTraces([], dir), ['traces/l/a.json is played on no page'])
  writeFileSync(join(dir, 'l/a.json'), JSON.stringify({ ...trace, events: [] }))
  assert.deepEqual(checkTraces([plays('l/a')], dir), ['traces/l/a.json: events must have 1 or more entries'])
})

test('a measurement becomes a table with its caption and machine; one that no run wrote fails', () => {
  const found = { caption: 'Speed', columns: ['partitions', 'ratio'], rows: [[1, 0.5], [2, 0.6]], machine: 'Java 17' }
  assert.match(measurementMarkdown(found), /Speed\. \(Java 17\)\n\n\| partitions \| ratio \|\n\| ---: \| ---: \|\n\| 1 \| 0\.5 \|\n\| 2 \| 0\.6 \|/)
  const withText = { ...found, rows: [['cut off', 51456], ['a byte flipped', '0.5']] }
  assert.match(measurementMarkdown(withText), /\| --- \| ---: \|\n\| cut off \| 51,456 \|\n\| a byte flipped \| 0\.5 \|/)
  let rule
  measurements({ core: { ruler: { before: (_, __, r) => (rule = r) } } }, folder({ 'speed.json': JSON.stringify(found) }))
  const state = { src: 'a\n<Measurement name="speed" />\nb', env: {} }
  rule(state)
  assert.match(state.src, /^a\n<div class="measurement">\n\n\*\*Measured\.[^]*\| 2 \| 0\.6 \|\n\n<\/div>\nb$/)
  assert.throws(() => rule({ src: '<Measurement name="other" />', env: {} }), /no other\.json/)
})
