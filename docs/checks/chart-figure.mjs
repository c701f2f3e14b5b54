// Draws a chart as a figure: HTML and SVG that need no script. Places are in percent, so that the drawing is as wide as
// the page has room for while texts keep their size; what is in pixels is in a nested svg, whose origin is at a place.
import { extent } from 'd3-array'
import { scaleLinear, scaleLog } from 'd3-scale'

/** A series' mark; drawn.css has its color and the dashes of its line. The last three are drawn hollow. */
const MARKS = [
  'M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0Z',
  'M-4,-4h8v8h-8Z',
  'M0,-5.5L5.5,4.5H-5.5Z',
  'M0,-6L6,0L0,6L-6,0Z',
  'M0,5.5L5.5,-4.5H-5.5Z',
  'M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0Z',
  'M-4,-4h8v8h-8Z',
  'M0,-6L6,0L0,6L-6,0Z',
]
export const MOST_SERIES = MARKS.length

/** Of a drawing, in pixels. */
const PLOT = 320
const LANE = 17
const NAME = 18
const BETWEEN_NAMES = 14
/** How wide a drawing is on a phone and on a desk, and a digit of its labels. */
const NARROW = 280
const WIDE = 540
const DIGIT = 6.2
/** How far apart series are drawn whose error bars would hide each other, in percent; if places on the x axis are close, less. */
const APART = 1.2
const LETTERS_IN_LINE = 38
/** Where the values of the x axis begin and end, in percent, and those of names' figures. */
const ENDS = [5, 95]
const LANE_ENDS = [1.5, 98.5]

// What a file says is text, not HTML, apart from `code`.
const escape = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const words = (text) => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>')

const signed = (text) => text.replace(/^-/, '\u2212')

/** A number as it is, its thousands set apart. */
export function exact(value) {
  const [, whole, rest] = /^(-?\d+)(.*)$/.exec(String(value))
  return signed(whole.replace(/\B(?=(\d{3})+$)/g, ',') + rest)
}

/** A number of which three digits count. */
export const short = (value) => exact(Number(value.toPrecision(3)))

/** Returns how figures are said beside a drawing: with three digits, and on a linear axis with what tells apart a tenth of the way between ticks. */
function figures(y, series) {
  if (y.scale === 'LOG') return short
  const [first, second] = yAxis(y, series, [0, 1]).ticks
  const finest = Math.floor(Math.log10(second.value - first.value) + 1e-9) - 1
  if (finest >= 0) return (value) => exact(Number(value.toPrecision(Math.max(3, Math.floor(Math.log10(Math.abs(value) || 1)) + 1 - finest))))
  const most = Math.max(...series.flatMap(({ points }) => points.map((point) => /\.(\d+)$/.exec(String(point.y))?.[1].length ?? 0)))
  return (value) => exact(value.toFixed(Math.min(-finest, most)))
}

const rounded = (value) => Math.round(value * 100) / 100
const percent = (value) => `${rounded(value)}%`
const withUnit = (label, unit) => (unit ? `${label} (${unit})` : label)
const said = (figure, unit) => (unit ? `${figure}\u00a0${unit}` : figure)
const saidGoal = ({ goal, unit }) => `goal: ${said(exact(goal), unit)}`
const axisWords = ({ label, unit, scale }) => withUnit(label, unit) + (scale === 'LOG' ? ', on a log scale' : '')

/** The least, and the greatest, of 1, 2 and 5 times powers of ten that a logarithmic scale needs. */
function steps(least, greatest) {
  const from = Math.floor(Math.log10(least))
  const all = []
  for (let power = from; all.length === 0 || all.at(-1) < greatest; power++) {
    for (const step of [1, 2, 5]) if (!(all.at(-1) >= greatest)) all.push(Number(`${step}e${power}`))
  }
  const first = all.findLastIndex((value) => value <= least)
  return all.slice(first)
}

/** Returns {scale, ticks} for the figures of an axis: ticks have a value and a label. */
export function yAxis({ scale, goal }, series, range) {
  const [least, greatest] = extent([...series.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high])), ...(goal === undefined ? [] : [goal])])
  if (scale === 'LOG') {
    const all = steps(least === greatest ? least / 1.5 : least, least === greatest ? greatest * 1.5 : greatest)
    const decades = all.filter((value) => /^1(0*)$|^0\.0*1$|^1e/.test(String(value)))
    return { scale: scaleLog([all[0], all.at(-1)], range), ticks: (all.length > 8 ? decades : all).map((value) => ({ value, label: exact(value) })) }
  }
  // From zero, unless what differs would then be lost: dots and lines do not need it, as bars would.
  const room = greatest === least ? Math.abs(greatest) / 10 || 1 : 0
  const from = least >= 0 && least <= greatest * 0.6 ? 0 : least - room
  const linear = scaleLinear([from, greatest + room], range).nice(5)
  const label = linear.tickFormat(5)
  return { scale: linear, ticks: linear.ticks(5).map((value) => ({ value, label: label(value) })) }
}

const pairs = (values) => values.slice(1).map((value, i) => [values[i], value])
const distinct = (values) => [...new Set(values)]

function xAxis({ scale }, series) {
  const values = distinct(series.flatMap(({ points }) => points.map(({ x }) => x))).sort((a, b) => a - b)
  const place = (scale === 'LOG' ? scaleLog : scaleLinear)(extent(values), ENDS)
  const [least, greatest] = extent(values)
  const ticks = values.length <= 12 ? values : scale === 'LOG' ? steps(least, greatest).filter((value) => value >= least && value <= greatest) : place.ticks(6)
  return { scale: place, ticks: ticks.map((value) => ({ value, label: exact(value) })) }
}

/**
 * Of ticks along a width, those whose labels have room: each with `wide` if a phone's screen has none for it. Of even
 * ones each second is left out, or more; of others those that are too close to what is left of them.
 */
export function withRoom(ticks, place, gutter, even) {
  const fitting = (some, width) => {
    const room = ({ value, label }) => {
      const middle = (place(value) / 100) * (width - gutter)
      const half = (label.length * DIGIT) / 2 + 2
      return [middle - half, middle + half]
    }
    let end = -Infinity
    const kept = some.filter((tick) => {
      const [from, to] = room(tick)
      if (from < end) return false
      end = to
      return true
    })
    if (!even || kept.length === some.length) return kept
    for (let each = 2; ; each++) {
      const rest = some.filter((_, i) => i % each === 0)
      if (rest.every((tick, i) => i === 0 || room(rest[i - 1])[1] <= room(tick)[0])) return rest
    }
  }
  const onDesk = fitting(ticks, WIDE)
  const onPhone = new Set(fitting(onDesk, NARROW))
  return ticks.map((tick) => ({ ...tick, shown: onDesk.includes(tick), wide: !onPhone.has(tick) }))
}

const at = (x, y, inside) => `<svg x="${x}" y="${y}" width="1" height="1">${inside}</svg>`
const mark = (i) => `<path class="mark" d="${MARKS[i]}"/>`

/** How far each series is drawn from its place, in percent: not at all, unless error bars at one place overlap. */
function aside(series, x, y) {
  const tall = (point) => [y(point.high) - 1, y(point.low) + 1]
  const hide = (one, other) => (one.low < one.high || other.low < other.high) && tall(one)[0] < tall(other)[1] && tall(other)[0] < tall(one)[1]
  const overlap = series.some(({ points }, i) => points.some((one) => series.slice(i + 1).some((s) => s.points.some((other) => other.x === one.x && hide(one, other)))))
  if (!overlap) return series.map(() => 0)
  const places = distinct(series.flatMap(({ points }) => points.map((point) => x(point.x)))).sort((a, b) => a - b)
  const closest = Math.min(100, ...pairs(places).map(([a, b]) => b - a))
  const apart = Math.min(APART, (closest * 0.7) / series.length)
  return series.map((_, i) => (i - (series.length - 1) / 2) * apart)
}

/** Where the words of a goal hide least of what is drawn: at an end of its line, above or below. */
function wordsOfGoal(y, goal, marks, text) {
  const [wide, tall] = [((text.length * DIGIT) / (NARROW - 40)) * 100, (20 / PLOT) * 100]
  const places = [
    { end: true, above: true },
    { end: false, above: true },
    { end: true, above: false },
    { end: false, above: false },
  ]
  const hidden = ({ end, above }) =>
    marks.filter(({ left, low, high }) => (end ? left > 100 - wide : left < wide) && (above ? y(high) < y(goal) && y(low) > y(goal) - tall : y(low) > y(goal) && y(high) < y(goal) + tall)).length
  const { end, above } = places.toSorted((a, b) => hidden(a) - hidden(b))[0]
  return `<text class="words${end ? ' end' : ''}" x="${end ? '100%' : '0'}" y="${percent(y(goal))}" dy="${above ? -6 : 15}">${escape(text)}</text>`
}

/** Numbers along x: a line for each series. */
function lines({ x, y, series }) {
  const { scale: xScale, ticks: xTicks } = xAxis(x, series)
  const { scale: yScale, ticks: yTicks } = yAxis(y, series, [100, 0])
  const gutter = Math.ceil(Math.max(...yTicks.map(({ label }) => label.length)) * DIGIT) + 12
  const shift = aside(series, xScale, yScale)
  const grid = [
    ...yTicks.map(({ value, label }) => `<line class="grid" x1="0" x2="100%" y1="${percent(yScale(value))}" y2="${percent(yScale(value))}"/><text class="end" x="-8" y="${percent(yScale(value))}" dy="4">${label}</text>`),
    ...withRoom(xTicks, xScale, gutter, false).map(({ value, label, shown, wide }) => {
      const place = percent(xScale(value))
      return at(place, '100%', '<path class="tick" d="M0,0v5"/>') + (shown ? `<text class="middle${wide ? ' wide' : ''}" x="${place}" y="${PLOT + 19}">${label}</text>` : '')
    }),
  ].join('')
  const places = series.map(({ points }, i) => points.toSorted((a, b) => a.x - b.x).map((point) => ({ ...point, left: xScale(point.x) + shift[i] })))
  const line = (points) => {
    const path = points.map(({ left, y: value }) => `${rounded(left)},${rounded(yScale(value))}`).join(' ')
    return points.length > 1 ? `<svg width="100%" height="100%" viewBox="0 0 100 100" preserveAspectRatio="none"><polyline class="line" points="${path}"/></svg>` : ''
  }
  const bar = ({ left, low, high }) => {
    if (low === high) return ''
    const [place, from, to] = [left, yScale(low), yScale(high)].map(percent)
    const cap = '<path class="bar" d="M-4,0h8"/>'
    return `<line class="bar" x1="${place}" x2="${place}" y1="${from}" y2="${to}"/>${at(place, from, cap)}${at(place, to, cap)}`
  }
  const marks = (points, i) => points.map(({ left, y: value }) => at(percent(left), percent(yScale(value)), mark(i))).join('')
  const layer = (draw) => places.map((points, i) => `<g class="s${i + 1}">${draw(points, i)}</g>`).join('')
  const goalLine = y.goal === undefined ? '' : `<line class="goal" x1="0" x2="100%" y1="${percent(yScale(y.goal))}" y2="${percent(yScale(y.goal))}"/>`
  const goalWords = y.goal === undefined ? '' : wordsOfGoal(yScale, y.goal, places.flat(), saidGoal(y))
  return {
    before: axisWords(y),
    after: axisWords(x),
    style: `height:${PLOT + 34}px;padding:8px 8px 26px ${gutter}px`,
    inside: grid + goalLine + layer(line) + layer((points) => points.map(bar).join('')) + layer(marks) + goalWords,
  }
}

/** Splits a name into lines. */
function inLines(name) {
  const found = ['']
  for (const word of name.split(/\s+/)) {
    if (found.at(-1) && found.at(-1).length + word.length + 1 > LETTERS_IN_LINE) found.push('')
    found[found.length - 1] += `${found.at(-1) && ' '}${word}`
  }
  return found
}

/** Names, one below the other: each has a lane for each series, with figures from left to right. */
function lanes({ y, series }) {
  const { scale, ticks } = yAxis(y, series, LANE_ENDS)
  const names = distinct(series.flatMap(({ points }) => points.map((point) => point.x)))
  const asSaid = figures(y, series)
  const gutter = Math.ceil(Math.max(...series.flatMap(({ points }) => points.map((point) => asSaid(point.y).length))) * DIGIT) + 10
  let top = y.goal === undefined ? 0 : 20
  const start = top
  const parts = names.map((name, i) => {
    if (i) top += BETWEEN_NAMES
    const rule = i ? `<line class="grid" x1="0" x2="100%" y1="${top - BETWEEN_NAMES / 2}" y2="${top - BETWEEN_NAMES / 2}"/>` : ''
    const texts = inLines(name).map((line) => {
      top += NAME
      return `<text class="name" x="0" y="${top - 5}">${escape(line)}</text>`
    })
    const here = series.map(({ points }, s) => {
      const middle = top + LANE / 2
      top += LANE
      const point = points.find(({ x }) => x === name)
      if (!point) return ''
      const cap = (value) => at(percent(scale(value)), middle, '<path class="bar" d="M0,-4v8"/>')
      const bar = point.low < point.high ? `<line class="bar" x1="${percent(scale(point.low))}" x2="${percent(scale(point.high))}" y1="${middle}" y2="${middle}"/>${cap(point.low)}${cap(point.high)}` : ''
      return `<g class="s${s + 1}"><line class="lane" x1="0" x2="100%" y1="${middle}" y2="${middle}"/>${bar}${at(percent(scale(point.y)), middle, mark(s))}</g>${at('100%', middle, `<text class="end" x="${gutter}" y="4">${asSaid(point.y)}</text>`)}`
    })
    return { rule, texts: texts.join(''), here: here.join('') }
  })
  const height = top + 6
  const grid = withRoom(ticks, scale, gutter, true).map(({ value, label, shown, wide }) => {
    const place = percent(scale(value))
    return `<line class="grid" x1="${place}" x2="${place}" y1="${start}" y2="${height}"/>${shown ? `<text class="middle${wide ? ' wide' : ''}" x="${place}" y="${height + 16}">${label}</text>` : ''}`
  })
  let goal = ''
  if (y.goal !== undefined) {
    const place = percent(scale(y.goal))
    const side = scale(y.goal) > 70 ? ' end' : scale(y.goal) < 30 ? '' : ' middle'
    goal = `<line class="goal" x1="${place}" x2="${place}" y1="${start - 2}" y2="${height}"/><text class="words${side}" x="${place}" y="${start - 8}">${escape(saidGoal(y))}</text>`
  }
  const all = (key) => parts.map((part) => part[key]).join('')
  return {
    before: '',
    after: axisWords(y),
    style: `height:${height + 24}px;padding:0 ${gutter}px 24px 0`,
    inside: grid.join('') + all('rule') + goal + all('here') + all('texts'),
  }
}

function table({ title, x, y, series }) {
  const bars = series.some(({ points }) => points.some(({ y: value, low, high }) => low < value || value < high))
  const cell = (value) => (typeof value === 'number' ? exact(value) : escape(value))
  const head = ['Series', withUnit(x.label, x.unit), withUnit(y.label, y.unit), ...(bars ? ['low', 'high'] : [])]
  const body = series.map(({ name, points }) => {
    const rows = points.map((point, i) => {
      const first = i ? '' : `<th scope="rowgroup" rowspan="${points.length}">${escape(name)}</th>`
      const figures = [point.y, ...(bars ? [point.low, point.high] : [])].map((value) => `<td>${exact(value)}</td>`)
      return `<tr>${first}<th scope="row">${cell(point.x)}</th>${figures.join('')}</tr>`
    })
    return `<tbody>${rows.join('')}</tbody>`
  })
  return [
    '<details><summary>The same as a table</summary>',
    `<section class="table-scroll" tabindex="0" aria-label="${escape(`${title}: ${withUnit(y.label, y.unit)}`)}, as a table"><table><caption>${escape(title)}</caption>`,
    `<thead><tr>${head.map((label) => `<th scope="col">${escape(label)}</th>`).join('')}</tr></thead>`,
    ...body,
    '</table></section></details>',
  ].join('')
}

function caption({ x, y, fixed, errorBars, command, measured }, firstTick) {
  const rows = [
    ['Varies', escape(axisWords(x))],
    ['Shows', escape(axisWords(y)) + (firstTick > 0 && y.scale === 'LINEAR' ? `; the axis begins at ${exact(firstTick)}` : '')],
    ['Held fixed', words(fixed)],
    ['Error bars', words(errorBars)],
    ['Measure it', `<code>${escape(command)}</code>`],
  ]
  if (measured) {
    const { date, cores, memoryGigabytes, system, java, versions } = measured
    const versionWords = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
    rows.push(['Measured', escape([`on ${date}`, `${cores} ${cores === 1 ? 'core' : 'cores'}`, `${memoryGigabytes} GB of memory`, system, `Java ${java}`, ...versionWords].join('; '))])
  }
  return `<figcaption><dl>${rows.map(([term, text]) => `<div><dt>${term}</dt><dd>${text}</dd></div>`).join('')}</dl></figcaption>`
}

/** What the drawing says, for those who can't see it. */
function spoken({ title, x, y, series }) {
  const name = (value) => (typeof value === 'number' ? said(exact(value), x.unit) : value)
  const asSaid = figures(y, series)
  const one = (point) => `${name(point.x)}: ${said(asSaid(point.y), y.unit)}`
  return [
    `${title}. ${axisWords(y)}, by ${axisWords(x)}.`,
    ...(y.goal === undefined ? [] : [`The goal is ${said(exact(y.goal), y.unit)}.`]),
    ...series.map((s) => `${s.name}: ${s.points.map(one).join(', ')}.`),
  ].join(' ')
}

const legend = ({ x, series }) =>
  `<ul aria-hidden="true">${series
    .map(({ name }, i) => `<li class="s${i + 1}">${x.scale === 'CATEGORY' ? `<svg width="14" height="14">${at(7, 7, mark(i))}</svg>` : `<svg width="32" height="14"><line class="line" x1="0" x2="32" y1="7" y2="7"/>${at(16, 7, mark(i))}</svg>`}${escape(name)}</li>`)
    .join('')}</ul>`

/** Returns the chart as one line of HTML: markdown leaves it as it is, and so does Vue. */
export function figure(chart) {
  const { before, after, style, inside } = (chart.x.scale === 'CATEGORY' ? lanes : lines)(chart)
  const axis = (text) => (text ? `<p class="axis" aria-hidden="true">${escape(text)}</p>` : '')
  return [
    '<figure class="chart drawn" v-pre>',
    `<p class="title">${escape(chart.title)}</p>`,
    legend(chart),
    axis(before),
    `<svg class="drawing" role="img" aria-label="${escape(spoken(chart))}" style="${style}">${inside}</svg>`,
    axis(after),
    caption(chart, yAxis(chart.y, chart.series, [0, 1]).scale.domain()[0]),
    table(chart),
    '</figure>',
  ]
    .join('')
    .replace(/\s*\n\s*/g, ' ')
}
