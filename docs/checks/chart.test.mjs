import assert from 'node:assert/strict'
import { test } from 'node:test'
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
