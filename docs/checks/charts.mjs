// `<Chart name="…" />`, on a line of its own, becomes a drawing with its table, from docs/data/charts/<name>.json, which a
// measurement of ours has written: testkit's Chart says what is in it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { figure, MOST_SERIES } from './chart-figure.mjs'
import { docsDir, withoutCode } from './pages.mjs'

const TAG = /^<Chart\s+name="([\w-]+)"\s*\/>[ \t]*$/gm
const chartsDir = join(docsDir, 'data/charts')

const isText = (value) => typeof value === 'string' && value.trim() !== ''
const isAny = () => true
const isNumber = Number.isFinite
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a field must be, in words, and what says whether it is. One whose name ends with ? may be left out. */
const TEXT = ['a text', isText]
const NUMBER = ['a number', isNumber]
const ENTRIES = ['a list with an entry or more', (value) => Array.isArray(value) && value.length > 0]
const AXIS = { label: TEXT, unit: ['a text, empty if there is none', (value) => typeof value === 'string'], 'goal?': NUMBER }
const CHART = { title: TEXT, fixed: TEXT, errorBars: TEXT, x: ['an axis', isObject], y: ['an axis', isObject], series: ENTRIES, command: TEXT, 'measured?': ['an object', isObject] }
const X = { ...AXIS, scale: ['LINEAR, LOG or CATEGORY', (value) => ['LINEAR', 'LOG', 'CATEGORY'].includes(value)] }
const Y = { ...AXIS, scale: ['LINEAR or LOG', (value) => ['LINEAR', 'LOG'].includes(value)] }
const SERIES = { name: TEXT, points: ENTRIES }
const POINT = { x: ['a number or a text', isAny], y: NUMBER, low: NUMBER, high: NUMBER }
const MEASURED = { date: ['a date like 2026-01-31', (value) => /^\d{4}-\d\d-\d\d$/.test(value)], cores: NUMBER, memoryGigabytes: NUMBER, system: TEXT, java: TEXT, versions: ['an object of texts', (value) => isObject(value) && Object.values(value).every(isText)] }

/** Returns what is wrong with the fields of an object. `path` says where it is, and ends with a dot unless it is empty. */
function wrongFields(object, path, fields) {
  if (!isObject(object)) return [`${path.slice(0, -1) || 'the chart'} must be an object`]
  const named = Object.entries(fields).map(([name, rule]) => [name.replace('?', ''), name.endsWith('?'), ...rule])
  return [
    ...named.flatMap(([name, optional, words, holds]) => {
      if (!(name in object)) return optional ? [] : [`${path}${name} is missing`]
      return holds(object[name]) ? [] : [`${path}${name} must be ${words}, and is ${JSON.stringify(object[name])}`]
    }),
    ...Object.keys(object).filter((name) => !named.some(([known]) => known === name)).map((name) => `${path}${name} is not known`),
  ]
}

const repeated = (values) => values.filter((value, i) => values.indexOf(value) < i)

/** Returns what is wrong with what a file has, as sentences. */
export function chartProblems(chart) {
  const fields = wrongFields(chart, '', CHART)
  if (fields.length) return fields
  const { x, y, series, measured } = chart
  const deeper = [
    ...wrongFields(x, 'x.', X),
    ...wrongFields(y, 'y.', Y),
    ...(measured ? wrongFields(measured, 'measured.', MEASURED) : []),
    ...series.flatMap((s, i) => {
      const wrong = wrongFields(s, `series[${i}].`, SERIES)
      return wrong.length ? wrong : s.points.flatMap((point, j) => wrongFields(point, `series[${i}].points[${j}].`, POINT))
    }),
  ]
  if (deeper.length) return deeper
  return [
    ...('goal' in x ? ['x.goal: only y has a goal'] : []),
    ...(y.scale === 'LOG' && y.goal <= 0 ? [`y.goal must be above 0 on a LOG scale, and is ${y.goal}`] : []),
    ...(series.length > MOST_SERIES ? [`there are ${series.length} series; ${MOST_SERIES} can be told apart`] : []),
    ...repeated(series.map(({ name }) => name)).map((name) => `two series are named “${name}”`),
    ...series.flatMap(({ name, points }) => [
      ...points.flatMap((point) => pointProblems(point, x, y).map((problem) => `series “${name}”, x ${JSON.stringify(point.x)}: ${problem}`)),
      ...repeated(points.map((point) => point.x)).map((value) => `series “${name}” has two points at x ${JSON.stringify(value)}`),
    ]),
  ]
}

function pointProblems(point, x, y) {
  const names = x.scale === 'CATEGORY'
  return [
    ...(names && !isText(point.x) ? ['x must be a text on a CATEGORY scale'] : []),
    ...(!names && !isNumber(point.x) ? [`x must be a number on a ${x.scale} scale`] : []),
    ...(x.scale === 'LOG' && point.x <= 0 ? ['x must be above 0 on a LOG scale'] : []),
    ...(y.scale === 'LOG' ? ['y', 'low', 'high'].filter((name) => point[name] <= 0).map((name) => `${name} must be above 0 on a LOG scale, and is ${point[name]}`) : []),
    ...(point.low > point.y ? [`low, ${point.low}, is above y, ${point.y}`] : []),
    ...(point.y > point.high ? [`high, ${point.high}, is below y, ${point.y}`] : []),
  ]
}

/** Reads a chart; a file that is missing, or wrong, throws. */
export function readChart(name, folder = chartsDir) {
  const file = join(folder, `${name}.json`)
  const where = `docs/data/charts/${name}.json`
  if (!existsSync(file)) throw new Error(`${where} is not there`)
  let chart
  try {
    chart = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Error(`${where} is not JSON: ${error.message}`)
  }
  const problems = chartProblems(chart)
  if (problems.length) throw new Error(`${where}: ${problems.join('; ')}`)
  return chart
}

/** A markdown-it rule that replaces each chart's tag, and leaves code alone. */
export function charts(md, folder = chartsDir) {
  md.core.ruler.after('block', 'charts', (state) => {
    for (const token of state.tokens) {
      // Which of the two a tag on a line of its own is, VitePress decides; a tag within a paragraph is neither here.
      if (token.type !== 'html_block' && token.type !== 'html_inline') continue
      token.content = token.content.replace(TAG, (tag, name) => {
        state.env.includes?.push(join(folder, `${name}.json`))
        return figure(readChart(name, folder))
      })
    }
  })
}

/** Returns what is wrong, as sentences: charts that are not there or can't be read, and files that no page shows. */
export function checkCharts(pages, folder = chartsDir) {
  const shown = pages.flatMap((page) => [...withoutCode(page.text).matchAll(TAG)].map((match) => ({ page: page.file, name: match[1] })))
  const files = existsSync(folder) ? readdirSync(folder) : []
  return [
    ...shown.flatMap(({ page, name }) => {
      try {
        readChart(name, folder)
        return []
      } catch (error) {
        return [`${page} shows a chart: ${error.message}`]
      }
    }),
    ...files.filter((file) => !shown.some(({ name }) => `${name}.json` === file)).map((file) => `data/charts/${file} is shown on no page`),
  ]
}
