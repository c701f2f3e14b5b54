// What the chart of lesson 5's benchmark shows, from the file that the benchmark has written. No drawing here.
import { scaleLinear } from 'd3-scale'

/** The level that the others are compared with: each output computes the records again. */
export const COMPUTED_AGAIN = 'NONE'
/** In so many of the rounds a batch has to be faster; by chance alone almost none is. */
const CLEARLY = 0.9
/** Where the scale of outputs begins and ends, in percent of the drawing's width. */
const ENDS = [8, 97]

const inOrder = (values) => [...new Set(values)].sort((a, b) => a - b)
const hundredth = (n) => Math.round(n * 100) / 100
/** More digits than the chart says would only have to be loaded. */
const threeDigits = (n) => Number(n.toPrecision(3))

/** Both have a time for each round: those of one round are compared. */
function isFaster(cached, computedAgain) {
  const faster = cached.batchMs.filter((ms, round) => ms < computedAgain.batchMs[round])
  return faster.length >= CLEARLY * cached.batchMs.length
}

/**
 * Returns the number of outputs from which on caching pays: with so many, and with each greater number that was
 * measured, a batch is clearly faster than if all is computed again. Null if there is none. Both in order of outputs.
 */
export function paysFrom(cached, computedAgain) {
  const pays = cached.map((point, i) => isFaster(point, computedAgain[i]))
  const first = pays.lastIndexOf(false) + 1
  return cached[first]?.outputs ?? null
}

/** Returns what is shown of one cost of the map, with places in percent of the drawing. */
function chartOfCost(map, results, levels, outputs) {
  const of = (level) => results.filter((result) => result.level === level).sort((a, b) => a.outputs - b.outputs)
  const computedAgain = of(COMPUTED_AGAIN)
  const once = computedAgain[0].medianMs
  const across = scaleLinear([outputs[0], outputs.at(-1)], ENDS)
  const up = scaleLinear([0, Math.max(...results.map(({ medianMs }) => medianMs / once))], [100, 0]).nice()
  const place = (number, times) => ({ x: hundredth(across(number)), y: hundredth(up(times)) })
  return {
    ...map,
    ticks: up.ticks(5).map((times) => ({ times, y: hundredth(up(times)) })),
    outputs: outputs.map((number) => ({ number, x: hundredth(across(number)) })),
    lines: levels.map((level) => {
      const points = of(level)
      return {
        level,
        paysFrom: level === COMPUTED_AGAIN ? null : paysFrom(points, computedAgain),
        points: points.map(({ outputs: number, computations, medianMs, worstMs, memoryBytes, diskBytes }, i) => ({
          outputs: number,
          computations,
          medianMs: threeDigits(medianMs),
          worstMs: threeDigits(worstMs),
          // Of the time of a batch that computes all again, with as many outputs.
          ofComputedAgain: hundredth(medianMs / computedAgain[i].medianMs),
          bytes: threeDigits(memoryBytes + diskBytes),
          ...place(number, medianMs / once),
        })),
      }
    }),
  }
}

/** Returns {caption, machine, batches, levels, costs}: one chart for each cost of the map, the cheapest first. */
export function chartOf({ caption, machine, maps, results }) {
  const levels = [COMPUTED_AGAIN, ...new Set(results.map(({ level }) => level).filter((level) => level !== COMPUTED_AGAIN))]
  const outputs = inOrder(results.map((result) => result.outputs))
  return {
    caption,
    machine,
    batches: results[0].batches,
    levels,
    costs: [...maps]
      .sort((a, b) => a.microseconds - b.microseconds)
      .map((map) => chartOfCost(map, results.filter(({ microseconds }) => microseconds === map.microseconds), levels, outputs)),
  }
}
