// Where things are drawn, in pixels, for a drawing of a given width. Text keeps its size at every width.

const PAD = 12
const AXIS_Y = 34
const LANE = 30
const LINE = 18
const BOX = 26
const WIDE = 560
const INSET = 6

const clamp = (low, value, high) => Math.min(high, Math.max(low, value))

/** Returns the geometry of a drawing. `shared` is what traces side by side have in common: {end, runs, lanes}. */
export function layoutOf(width, { end, runs, lanes, hiddenLanes = 0 }) {
  const inner = width - 2 * PAD
  const x = (moment) => PAD + (inner * Math.min(moment, end)) / end

  const row = clamp(2, 84 / Math.max(1, runs), 10)
  const history = { y: AXIS_Y + 30, row, height: row * Math.max(1, runs) }

  const queue = { y: history.y + history.height + 40, x: PAD, width: inner, box: BOX }
  const wide = width >= WIDE
  const engineWidth = wide ? Math.round(inner * 0.56) : inner
  const engineY = queue.y + BOX + 44
  const engine = { x: PAD, y: engineY, width: engineWidth, lane: LANE, height: 14 + lanes * LANE + (hiddenLanes ? 18 : 0) }

  const lines = wide ? Math.max(4, Math.floor((engine.height - 12) / LINE)) : clamp(4, lanes * 2, 8)
  const paper = {
    x: wide ? PAD + engineWidth + 18 : PAD,
    y: wide ? engineY : engineY + engine.height + 38,
    width: wide ? inner - engineWidth - 18 : inner,
    lines,
    line: LINE,
    height: Math.max(lines * LINE + 12, wide ? engine.height : 0),
  }
  return { width, x, axisY: AXIS_Y, pad: PAD, history, queue, engine, paper, height: Math.max(engine.y + engine.height, paper.y + paper.height) + 6 }
}

/**
 * Places waiting batches from the right, where the engine takes them, to the left. When there is no room
 * they move together, like cards: the pile grows, the drawing does not.
 */
export function queuePlaces(count, { x, width, box }) {
  const room = width - 64 - INSET
  const gap = count > 1 ? Math.min(box + 4, (room - box) / (count - 1)) : 0
  return Array.from({ length: count }, (_, i) => x + width - INSET - box - i * gap)
}

const CHARACTER = 7.3
const TILE_PAD = 12

/** Returns the tiles of a lane that have room, and how many have none: {tiles: [{x, width, text}], more}. */
export function tilesOf(texts, x, width) {
  const tiles = []
  let at = x
  for (const [index, text] of texts.entries()) {
    const tile = { x: at, width: Math.max(26, text.length * CHARACTER + TILE_PAD), text }
    const rest = texts.length - index - 1
    if (at + tile.width + (rest ? 34 : 0) > x + width) return { tiles, more: texts.length - index, moreX: at + 2 }
    tiles.push(tile)
    at += tile.width + 4
  }
  return { tiles, more: 0, moreX: at }
}

/** Returns the marks of the axis that have room for their number. */
export function labeled(ticks, x) {
  let last = -Infinity
  return ticks.map((tick) => {
    const at = x(tick.shown)
    const half = (String(tick.batch).length * CHARACTER + 4) / 2
    const label = at - half >= last
    if (label) last = at + half
    return { ...tick, x: at, label }
  })
}

const MOST_ROWS = 3

/** Breaks a printed line into rows that fit, at its spaces. Later rows are set in; what is left out ends in `…`. */
export function wrap(text, width) {
  const most = Math.floor(width / CHARACTER)
  const rows = []
  let row = ''
  for (const word of text.split(' ')) {
    if (row && row.length + 1 + word.length > most) {
      rows.push(row)
      row = `  ${word}`
    } else row = row ? `${row} ${word}` : word
  }
  rows.push(row)
  const cut = rows.slice(0, MOST_ROWS).map((r) => (r.length > most ? `${r.slice(0, most - 1)}…` : r))
  if (rows.length > MOST_ROWS) cut[MOST_ROWS - 1] = `${cut[MOST_ROWS - 1].slice(0, most - 2)} …`
  return cut
}
