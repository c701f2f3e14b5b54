// What the chart of lesson 3's benchmark shows, from the file that the benchmark has written. No drawing here.
import { extent } from 'd3-array'
import { scaleLog } from 'd3-scale'

/** The file has two digits after the point. What it rounds to 0 counts as this: a logarithm needs more. */
const LEAST_MS = 0.01
/** Where the scale begins and ends, in percent of the drawing's width. */
const ENDS = [2, 96]

const inOrder = (values) => [...new Set(values)].sort((a, b) => a - b)

/** Returns {caption, machine, keys, percents, ticks, rows}, with places on one scale of milliseconds for all rows. */
export function chartOf({ caption, machine, results }) {
  const times = results.flatMap(({ medianMs, meanMs, worstMs }) => [medianMs, meanMs, worstMs]).map((ms) => Math.max(LEAST_MS, ms))
  const scale = scaleLog(extent(times), ENDS).nice()
  const place = (ms) => Math.round(scale(Math.max(LEAST_MS, ms)) * 100) / 100
  return {
    caption,
    machine,
    keys: inOrder(results.map(({ keys }) => keys)),
    percents: inOrder(results.map(({ percentTouched }) => percentTouched)),
    ticks: scale
      .ticks()
      .filter((ms) => Number.isInteger(Math.round(Math.log10(ms) * 1e6) / 1e6))
      .map((ms) => ({ ms, x: place(ms) })),
    rows: results.map(({ candidate, keys, percentTouched, batches, medianMs, meanMs, worstMs, timesNoState, bytesPerBatch, heapBytesPerKey, residentMegabytes }) => ({
      candidate,
      keys,
      percent: percentTouched,
      batches,
      medianMs,
      meanMs,
      worstMs,
      timesNoState,
      bytesPerBatch,
      heapBytesPerKey,
      residentBytes: residentMegabytes * 1e6,
      x: [medianMs, meanMs, worstMs].map(place),
    })),
  }
}
