// A chart's file, what is wrong with one, and what is drawn of it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { exact, figure, MOST_SERIES, short, withRoom, yAxis } from './chart-figure.mjs'
import { chartProblems, charts, checkCharts, readChart } from './charts.mjs'
import { docsDir } from './pages.mjs'

const point = (x, y, low = y, high = y) => ({ x, y, low, high })
const measured = { date: '2026-01-31', cores: 1, memoryGigabytes: 8, system: 'Linux, amd64', java: '17.0.9', versions: { Kafka: '4.1.0', Spark: '4.0.1' } }
/** A chart with numbers along x, changed by `change`. */
function numeric(change = () => {}) {
  const chart = {
    title: 'Latency by interval',
    fixed: 'One <core>, `local[1]`',
    errorBars: 'least to greatest of 3',
    x: { label: 'interval', unit: 'ms', scale: 'LOG' },
    y: { label: 'latency', unit: 'ms', scale: 'LOG', goal: 1000 },
    series: [
      { name: 'A {{ a }}', points: [point(1000, 1234.5, 1200, 12_345.678), point(100, 150)] },
      { name: 'B & b', points: [point(100, 20, 10, 30), point(1000, 25)] },
    ],
    command: 'measure "it" --again',
    measured: structuredClone(measured),
  }
  change(chart)
  return chart
}
/** A chart with names along x. */
function named(change = () => {}) {
  const chart = {
    title: 'Cost',
    fixed: 'All else',
    errorBars: 'none: exact',
    x: { label: 'lesson', unit: '', scale: 'CATEGORY' },
    y: { label: 'time', unit: '×', scale: 'LINEAR', goal: 1.05 },
    series: [{ name: 'watched', points: [point('Counting', 1.012), point('State, <kept>', 1.047)] }],
    command: 'measure',
  }
  change(chart)
  return chart
}
function folder(files) {
  const dir = mkdtempSync(join(tmpdir(), 'charts-'))
  for (const [name, chart] of Object.entries(files)) writeFileSync(join(dir, name), typeof chart === 'string' ? chart : JSON.stringify(chart))
  return dir
}
const count = (text, part) => text.split(part).length - 1
/** The places of a series' marks, in percent: [x, y], in the order in which they are drawn. */
const marksOf = (html, series) => {
  const groups = [...html.matchAll(new RegExp(`<g class="s${series}">(.*?)</g>`, 'g'))].map((match) => match[1])
  return groups.flatMap((group) => [...group.matchAll(/<svg x="([\d.]+)%" y="([\d.]+)%?" width="1" height="1"><path class="mark"/g)].map(([, x, y]) => [Number(x), Number(y)]))
}

test('a chart that is right has no problems', () => {
  assert.deepEqual([chartProblems(numeric()), chartProblems(named())], [[], []])
})

test('a mistake is named', () => {
  const mistakes = [
    [(c) => delete c.title, 'title is missing'],
    [(c) => (c.fixed = ' '), 'fixed must be a text, and is " "'],
    [(c) => delete c.errorBars, 'errorBars is missing'],
    [(c) => delete c.command, 'command is missing'],
    [(c) => (c.note = 'a'), 'note is not known'],
    [(c) => (c.series = []), 'series must be a list with an entry or more, and is []'],
    [(c) => (c.series[1].points = []), 'series[1].points must be a list with an entry or more, and is []'],
    [(c) => (c.series[1].name = ''), 'series[1].name must be a text, and is ""'],
    [(c) => (c.series[1].name = c.series[0].name), 'two series are named “A {{ a }}”'],
    [(c) => (c.series = Array.from({ length: MOST_SERIES + 1 }, (_, i) => ({ name: `${i}`, points: [point(1, 1)] }))), 'there are 9 series; 8 can be told apart'],
    [(c) => (c.x.scale = 'SQUARE'), 'x.scale must be LINEAR, LOG or CATEGORY, and is "SQUARE"'],
    [(c) => (c.y.scale = 'CATEGORY'), 'y.scale must be LINEAR or LOG, and is "CATEGORY"'],
    [(c) => delete c.y.scale, 'y.scale is missing'],
    [(c) => delete c.x.unit, 'x.unit is missing'],
    [(c) => (c.x.goal = 1), 'x.goal: only y has a goal'],
    [(c) => (c.y.goal = '1'), 'y.goal must be a number, and is "1"'],
    [(c) => (c.y.goal = 0), 'y.goal must be above 0 on a LOG scale, and is 0'],
    [(c) => delete c.series[0].points[1].low, 'series[0].points[1].low is missing'],
    [(c) => (c.series[0].points[1].y = null), 'series[0].points[1].y must be a number, and is null'],
    [(c) => (c.series[0].points[1].low = 151), 'series “A {{ a }}”, x 100: low, 151, is above y, 150'],
    [(c) => (c.series[0].points[1].high = 149), 'series “A {{ a }}”, x 100: high, 149, is below y, 150'],
    [(c) => (c.series[0].points[1].low = 0), 'series “A {{ a }}”, x 100: low must be above 0 on a LOG scale, and is 0'],
    [(c) => (c.series[0].points[1].x = 0), 'series “A {{ a }}”, x 0: x must be above 0 on a LOG scale'],
    [(c) => (c.series[0].points[1].x = 'a'), 'series “A {{ a }}”, x "a": x must be a number on a LOG scale'],
    [(c) => (c.series[0].points[1].x = 1000), 'series “A {{ a }}” has two points at x 1000'],
    [(c) => delete c.measured.cores, 'measured.cores is missing'],
    [(c) => (c.measured.date = 'today'), 'measured.date must be a date like 2026-01-31, and is "today"'],
    [(c) => (c.measured.versions.Spark = 4), 'measured.versions must be an object of texts, and is {"Kafka":"4.1.0","Spark":4}'],
    [(c) => (c.measured = null), 'measured must be an object, and is null'],
  ]
  for (const [mistake, problem] of mistakes) assert.deepEqual(chartProblems(numeric(mistake)), [problem])
  assert.deepEqual(chartProblems(named((c) => (c.series[0].points[0].x = 1))), ['series “watched”, x 1: x must be a text on a CATEGORY scale'])
  assert.deepEqual(chartProblems([]), ['the chart must be an object'])
})

test('what is wrong with a file is said with its name', () => {
  const dir = folder({ 'a.json': numeric(), 'b.json': numeric((c) => delete c.x), 'c.json': '{' })
  assert.equal(readChart('a', dir).title, 'Latency by interval')
  assert.throws(() => readChart('b', dir), /^Error: docs\/data\/charts\/b\.json: x is missing$/)
  assert.throws(() => readChart('c', dir), /^Error: docs\/data\/charts\/c\.json is not JSON: /)
  assert.throws(() => readChart('d', dir), /^Error: docs\/data\/charts\/d\.json is not there$/)
})

test('the tag becomes a figure; in code, and in a sentence, it stays', () => {
  let rule
  charts({ core: { ruler: { after: (_, __, r) => (rule = r) } } }, folder({ 'a.json': numeric() }))
  const run = (type, content) => {
    const state = { tokens: [{ type, content }], env: { includes: [] } }
    rule(state)
    return { html: state.tokens[0].content, files: state.env.includes.map((file) => file.split('/').at(-1)) }
  }
  for (const type of ['html_block', 'html_inline']) {
    const { html, files } = run(type, '<Chart name="a" />')
    assert.match(html, /^<figure class="chart drawn" v-pre>.*<\/figure>$/)
    assert.deepEqual(files, ['a.json'])
  }
  for (const type of ['fence', 'inline', 'code_block']) assert.deepEqual(run(type, '<Chart name="a" />'), { html: '<Chart name="a" />', files: [] })
  assert.throws(() => run('html_block', '<Chart name="b" />'), /docs\/data\/charts\/b\.json is not there/)
})

test('each file is shown, and each chart that is shown is there and right', () => {
  const dir = folder({ 'a.json': numeric(), 'b.json': named(), 'wrong.json': numeric((c) => (c.series = [])) })
  const page = (...names) => ({ name: 'p', file: 'p.md', text: names.map((name) => `<Chart name="${name}" />\n`).join('\n') })
  assert.deepEqual(checkCharts([page('a', 'b'), page('a')], folder({ 'a.json': numeric(), 'b.json': named() })), [])
  assert.deepEqual(checkCharts([page('a', 'none', 'wrong')], dir), [
    'p.md shows a chart: docs/data/charts/none.json is not there',
    'p.md shows a chart: docs/data/charts/wrong.json: series must be a list with an entry or more, and is []',
    'data/charts/b.json is shown on no page',
  ])
  const inCode = { ...page(), text: '```md\n<Chart name="a" />\n```\n' }
  assert.deepEqual(checkCharts([inCode], folder({ 'a.json': numeric() })), ['data/charts/a.json is shown on no page'])
  assert.deepEqual(checkCharts([], join(dir, 'no-folder')), [])
})

test('a figure has its title, and says what varies, what it shows, what was held fixed, what error bars are, the command, and where it was measured', () => {
  const html = figure(numeric())
  assert.match(html, /<p class="title">Latency by interval<\/p>/)
  const caption = /<figcaption>(.*)<\/figcaption>/.exec(html)[1]
  assert.deepEqual([...caption.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, term, text]) => [term, text]), [
    ['Varies', 'interval (ms), on a log scale'],
    ['Shows', 'latency (ms), on a log scale'],
    ['Held fixed', 'One &lt;core&gt;, <code>local[1]</code>'],
    ['Error bars', 'least to greatest of 3'],
    ['Measure it', '<code>measure &quot;it&quot; --again</code>'],
    ['Measured', 'on 2026-01-31; 1 core; 8 GB of memory; Linux, amd64; Java 17.0.9; Kafka 4.1.0; Spark 4.0.1'],
  ])
  assert.match(figure(named()), /<dt>Varies<\/dt><dd>lesson<\/dd>.*<dd>time \(×\); the axis begins at 1\.01<\/dd>.*<dt>Measure it<\/dt>/)
  assert.doesNotMatch(figure(named()), /<dt>Measured<\/dt>/)
  assert.doesNotMatch(html, /\n|<script/)
})

test('numbers along x: a line and marks for each series, in the order of x, at their logarithms', () => {
  const html = figure(numeric((c) => c.series[0].points.push(point(10_000, 2000))))
  assert.equal(count(html, '<polyline class="line"'), 2)
  const [first, second, third] = marksOf(html, 1)
  assert.ok(Math.abs(second[0] - first[0] - (third[0] - second[0])) < 0.02)
  assert.deepEqual([first[0], third[0]], [5, 95])
  assert.ok(first[1] > second[1]) // 0 is at the top
  assert.deepEqual([...html.matchAll(/<text class="middle[^"]*"[^>]*>([^<]*)</g)].map((match) => match[1]), ['100', '1,000', '10,000'])
  const single = figure(numeric((c) => c.series.forEach((s) => s.points.pop())))
  assert.equal(count(single, '<polyline'), 0)
})

test('an error bar is from low to high, with its ends, and a figure without one has none', () => {
  const html = figure(numeric())
  const bars = [...html.matchAll(/<line class="bar" x1="([^"]*)" x2="([^"]*)" y1="([\d.]+)%" y2="([\d.]+)%"/g)]
  assert.equal(bars.length, 2)
  assert.equal(count(html, '<path class="bar"'), 4)
  const [, x1, x2, low, high] = bars[0]
  const [, [, mark]] = marksOf(html, 1)
  assert.equal(x1, x2)
  assert.ok(Number(high) < mark && mark < Number(low))
})

test('series whose error bars would hide each other are drawn side by side, others are not', () => {
  const apart = (chart) => marksOf(figure(chart), 2)[0][0] - marksOf(figure(chart), 1)[0][0]
  assert.equal(apart(numeric()), 0)
  const close = numeric((c) => (c.series[0].points[1] = point(100, 25, 15, 35)))
  assert.ok(apart(close) > 0.5)
})

test('a goal is a dashed line with its words, at its place', () => {
  const html = figure(numeric())
  const [, y] = /<line class="goal" x1="0" x2="100%" y1="([^"]*)" y2="\1"\/>/.exec(html)
  assert.match(html, new RegExp(`<text class="words[^>]* y="${y}"[^>]*>goal: 1,000\u00a0ms</text>`))
  assert.match(html, /aria-label="[^"]*The goal is 1,000\u00a0ms\./)
  const across = figure(named())
  const [, x] = /<line class="goal" x1="([^"]*)" x2="\1"/.exec(across)
  assert.match(across, new RegExp(`<text class="words[^>]* x="${x}"[^>]*>goal: 1\\.05\u00a0×</text>`))
  assert.doesNotMatch(figure(numeric((c) => delete c.y.goal)), /goal/)
})

test('the words of a goal are where they hide no mark', () => {
  const words = (chart) => /<text class="words[^>]*/.exec(figure(chart))[0]
  assert.match(words(numeric()), /end.*dy="15"|x="0".*dy="-6"/)
  assert.match(words(numeric((c) => (c.y.goal = 5))), /x="100%".*dy="-6"/)
})

test('names: each has its words and a lane for each series, and beside it the figure', () => {
  const html = figure(named((c) => c.series.push({ name: 'two', points: [point('State, <kept>', 1.02), point('New', 1.0204)] })))
  assert.deepEqual([...html.matchAll(/<text class="name"[^>]*>([^<]*)</g)].map((match) => match[1]), ['Counting', 'State, &lt;kept&gt;', 'New'])
  assert.deepEqual([marksOf(html, 1).length, marksOf(html, 2).length], [2, 2])
  assert.ok(marksOf(html, 1)[0][0] < marksOf(html, 1)[1][0])
  assert.deepEqual([...html.matchAll(/y="4">([^<]*)</g)].map((match) => match[1]), ['1.012', '1.047', '1.020', '1.020'])
  assert.equal(count(figure(named((c) => (c.series[0].points[0].x = 'A name of which it takes more than a line to say it'))), '<text class="name"'), 3)
})

test('the table has each figure as the file has it, thousands set apart', () => {
  const html = /<details>(.*)<\/details>/.exec(figure(numeric()))[1]
  assert.match(html, /<section class="table-scroll" tabindex="0" aria-label="Latency by interval: latency \(ms\), as a table">/)
  assert.match(html, /<caption>Latency by interval<\/caption>/)
  assert.deepEqual([...html.matchAll(/<th scope="col">([^<]*)</g)].map((match) => match[1]), ['Series', 'interval (ms)', 'latency (ms)', 'low', 'high'])
  assert.match(html, /<th scope="rowgroup" rowspan="2">A {{ a }}<\/th><th scope="row">1,000<\/th><td>1,234\.5<\/td><td>1,200<\/td><td>12,345\.678<\/td><\/tr><tr><th scope="row">100<\/th><td>150<\/td><td>150<\/td><td>150<\/td>/)
  assert.match(html, />B &amp; b</)
  const exactFigures = /<details>(.*)<\/details>/.exec(figure(named()))[1]
  assert.match(exactFigures, /<td>1\.047<\/td><\/tr><\/tbody>/)
  assert.doesNotMatch(exactFigures, /low|high/)
})

test('the drawing is an image that says its figures', () => {
  assert.match(figure(numeric()), /<svg class="drawing" role="img" aria-label="Latency by interval\. latency \(ms\), on a log scale, by interval \(ms\), on a log scale\. The goal is 1,000\u00a0ms\. A {{ a }}: 1,000\u00a0ms: 1,230\u00a0ms, 100\u00a0ms: 150\u00a0ms\. B &amp; b: /)
})

test('numbers', () => {
  assert.deepEqual([0, 12, 1234, 1234567.891, -1234.5, 0.00012, 1e-7, 1e21].map(exact), ['0', '12', '1,234', '1,234,567.891', '−1,234.5', '0.00012', '1e-7', '1e+21'])
  assert.deepEqual([0, 0.012345, 12.345, 1234, 99_950].map(short), ['0', '0.0123', '12.3', '1,230', '100,000'])
})

test('a linear axis begins at zero, unless what differs would be lost; a logarithmic one at 1, 2 or 5', () => {
  const axis = (scale, goal, ...values) => {
    const { scale: drawn, ticks } = yAxis({ scale, goal }, [{ points: values.map((value) => point(0, value)) }], [0, 100])
    return [drawn.domain(), ticks.map(({ label }) => label)]
  }
  assert.deepEqual(axis('LINEAR', undefined, 20, 90), [[0, 100], ['0', '20', '40', '60', '80', '100']])
  assert.deepEqual(axis('LINEAR', 1.05, 1.004, 1.02), [[1, 1.05], ['1.00', '1.01', '1.02', '1.03', '1.04', '1.05']])
  assert.deepEqual(axis('LINEAR', undefined, -1, 1)[0], [-1, 1])
  assert.deepEqual(axis('LINEAR', undefined, 0, 0)[0], [0, 1])
  assert.deepEqual(axis('LOG', 1000, 3, 70), [[2, 1000], ['10', '100', '1,000']])
  assert.deepEqual(axis('LOG', undefined, 0.3, 7), [[0.2, 10], ['0.2', '0.5', '1', '2', '5', '10']])
  assert.deepEqual(axis('LOG', undefined, 1000, 1000)[0], [500, 2000])
})

test('labels that have no room are left out, on a phone more of them', () => {
  const ticks = [0, 1, 2, 3, 4].map((value) => ({ value, label: '10,000,000' }))
  const places = withRoom(ticks, (value) => value * 25, 40, true)
  assert.deepEqual(places.map(({ shown, wide }) => (wide ? (shown ? 'desk' : '-') : 'all')), ['all', 'desk', 'all', 'desk', 'all'])
  const close = withRoom(ticks, (value) => [0, 1, 50, 51, 100][value], 40, false)
  assert.deepEqual(close.map(({ shown }) => shown), [true, false, true, false, true])
})

test('each series has a color of its own that is seen on light and dark, and a dash or a mark', () => {
  const css = (file) => readFileSync(join(docsDir, '.vitepress/theme', file), 'utf8')
  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  for (const [selector, root] of [['\\n\\.drawn', ':root'], ['\\n\\.dark \\.drawn', '\\.dark']]) {
    const rule = new RegExp(`${selector} \\{([^}]*)\\}`).exec(css('chart/drawn.css'))[1]
    const theme = new RegExp(`${root} \\{([^}]*)\\}`).exec(css('style.css'))[1]
    const colors = [...rule.matchAll(/--s\d: (#\w{6});/g)].map((match) => match[1])
    assert.equal(new Set(colors).size, MOST_SERIES)
    for (const name of ['bg', 'bg-elv']) {
      const background = new RegExp(`--vp-c-${name}: (#\\w{6});`).exec(theme)[1]
      for (const color of colors) assert.ok(contrast(color, background) >= 3, `${color} on ${background}`)
    }
  }
  const dashes = [...css('chart/drawn.css').matchAll(/--dash: ([^;}]*);/g)].map((match) => match[1])
  assert.equal(new Set(dashes).size, MOST_SERIES - 1)
})
