import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chartOf as cachingChartOf, paysFrom } from '../.vitepress/theme/chart/caching.mjs'
import { chartOf } from '../.vitepress/theme/chart/state.mjs'
import { bytes, count, time } from '../.vitepress/theme/chart/words.mjs'

const result = (candidate, keys, percentTouched, [medianMs, meanMs, worstMs]) => ({ candidate, keys, percentTouched, batches: 30, medianMs, meanMs, worstMs, timesNoState: 1, bytesPerBatch: 0, heapBytesPerKey: 1, residentMegabytes: 2, batchMs: [medianMs, worstMs] })
const chart = chartOf({
  caption: 'C',
  machine: 'M',
  results: [result('a', 1_000_000, 10, [10, 100, 1000]), result('b', 10_000, 0.1, [0, 10, 20]), result('a', 10_000, 10, [1, 1, 1])],
})

test('choices are in order, once each', () => {
  assert.deepEqual([chart.keys, chart.percents], [[10_000, 1_000_000], [0.1, 10]])
})

test('places are by the logarithm of the time, on one scale for all rows', () => {
  const [[median, mean, worst]] = chart.rows.map((row) => row.x)
  assert.ok(Math.abs(mean - median - (worst - mean)) < 0.02)
  assert.equal(chart.rows[1].x[1], median)
  assert.deepEqual(chart.ticks.map(({ ms }) => ms), [0.01, 0.1, 1, 10, 100, 1000])
  assert.equal(chart.ticks[3].x, median)
  assert.deepEqual([chart.rows[1].x[0], worst], [2, 96])
})

test('memory is in bytes', () => {
  assert.equal(chart.rows[0].residentBytes, 2_000_000)
})

test('of each batch’s time the page loads nothing', () => {
  assert.doesNotMatch(JSON.stringify(chart), /batchMs/)
})

test('figures are said with their unit, and no more digits than count', () => {
  assert.deepEqual([0, 0.05, 8.04, 52.3, 999, 1370, 12_345].map(time), ['0 ms', '0.05 ms', '8 ms', '52 ms', '999 ms', '1.4 s', '12 s'])
  assert.deepEqual([0, 56.7, 999, 1234, 4_560_000, 2e9].map(bytes), ['0 B', '57 B', '999 B', '1.2 kB', '4.6 MB', '2 GB'])
  assert.deepEqual([10_000, 1_000_000, 5_000_000].map(count), ['10 thousand', '1 million', '5 million'])
})

/** Ten rounds, in so many of which the batch takes less than the ten milliseconds of one that is computed again. */
const rounds = (outputs, faster) => ({ outputs, batchMs: Array.from({ length: 10 }, (_, round) => (round < faster ? 9 : 11)) })
const again = (...outputs) => outputs.map((n) => ({ outputs: n, batchMs: Array(10).fill(10) }))

test('caching pays from the first number of outputs with which it is faster in nine rounds of ten', () => {
  assert.equal(paysFrom([rounds(1, 0), rounds(2, 8), rounds(4, 9), rounds(8, 10)], again(1, 2, 4, 8)), 4)
  assert.equal(paysFrom([rounds(1, 9), rounds(2, 10)], again(1, 2)), 1)
})

test('a number of outputs from which on it does not hold is none', () => {
  assert.equal(paysFrom([rounds(1, 0), rounds(2, 10), rounds(3, 8), rounds(4, 10)], again(1, 2, 3, 4)), 4)
  assert.equal(paysFrom([rounds(1, 10), rounds(2, 8)], again(1, 2)), null)
})

test('the times of one round are compared, and as fast is not faster', () => {
  const slowMachine = (outputs, ms) => ({ outputs, batchMs: [ms, 100 * ms] })
  assert.equal(paysFrom([slowMachine(1, 2)], [slowMachine(1, 3)]), 1)
  assert.equal(paysFrom([slowMachine(1, 3)], [slowMachine(1, 3)]), null)
})

/** As the benchmark writes it: a map of one microsecond and one of ten, with 1, 3 and 5 outputs. */
function caching() {
  const result = (microseconds, level, outputs, ms) => ({ microseconds, level, outputs, batches: 2, computations: level === 'NONE' ? outputs * 7 : 7, meanMs: ms, medianMs: ms, worstMs: ms + 1, timesNotCached: 0, medianMicrosecondsPerRecord: 1, memoryBytes: level === 'A' ? 50 : 0, diskBytes: level === 'B' ? 60 : 0, batchMs: [ms, ms] })
  const times = {
    10: { B: [24, 25, 26], NONE: [20, 60, 100], A: [21, 22, 23] },
    1: { B: [20, 40, 60], NONE: [10, 30, 50], A: [12, 30, 48] },
  }
  const results = Object.entries(times).flatMap(([cost, levels]) => Object.entries(levels).flatMap(([level, ms]) => [5, 1, 3].map((n) => result(Number(cost), level, n, ms[(n - 1) / 2]))))
  const map = (microseconds) => ({ microseconds, measuredMicroseconds: microseconds, hashes: 3, records: 7 })
  return cachingChartOf({ caption: 'C', machine: 'M', maps: [map(10), map(1)], results })
}

test('there is a chart for each cost, with the line that the others are compared with first, its points in order', () => {
  const { costs, levels, batches } = caching()
  assert.deepEqual([costs.map((c) => c.microseconds), levels, batches], [[1, 10], ['NONE', 'B', 'A'], 2])
  for (const cost of costs) {
    assert.deepEqual(cost.lines.map(({ level }) => level), levels)
    for (const { points } of cost.lines) assert.deepEqual(points.map(({ outputs }) => outputs), [1, 3, 5])
  }
})

test('of each cost and level it says from where on caching pays', () => {
  assert.deepEqual(caching().costs.map(({ lines }) => lines.map((line) => line.paysFrom)), [[null, null, 5], [null, 3, 3]])
})

test('places are by the time, as a multiple of one output that is not cached, on one scale for all lines of a cost', () => {
  const [{ lines, ticks, outputs }] = caching().costs
  const [again, b, a] = lines.map(({ points }) => points)
  assert.deepEqual(ticks.map(({ times }) => times), [0, 1, 2, 3, 4, 5, 6])
  assert.deepEqual([ticks[0].y, ticks[6].y], [100, 0])
  const at = (times) => ticks[times].y
  assert.deepEqual(again.map(({ y }) => y), [1, 3, 5].map(at))
  assert.deepEqual(b.map(({ y }) => y), [2, 4, 6].map(at))
  assert.equal(a[1].y, again[1].y)
  assert.ok(a[0].y < again[0].y && a[2].y > again[2].y) // 0 is at the top
  assert.deepEqual(a.map(({ x }) => x), outputs.map(({ x }) => x))
  assert.equal(outputs[1].x - outputs[0].x, outputs[2].x - outputs[1].x)
})

test('the table’s figures are the file’s', () => {
  const [, { lines }] = caching().costs
  assert.deepEqual(
    lines.map(({ points }) => points[1]).map(({ computations, medianMs, worstMs, ofComputedAgain, bytes }) => [computations, medianMs, worstMs, ofComputedAgain, bytes]),
    [[21, 60, 61, 1, 0], [7, 25, 26, 0.42, 60], [7, 22, 23, 0.37, 50]],
  )
  assert.doesNotMatch(JSON.stringify(caching()), /batchMs/)
})
