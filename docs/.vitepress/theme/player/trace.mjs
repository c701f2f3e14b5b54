// A trace is what a real run did, event by event. This module says, without drawing anything, when each
// event is shown and what the engine looks like at a moment.

const LANES = 8

/**
 * Prepares a trace: gives each event the moment at which it is shown, in milliseconds on one axis that
 * never goes back.
 *
 * Under a manual clock all that happens in a batch has one and the same time. Such events keep their
 * order and are spread over the interval that follows: how long they really took does not count.
 * After a recovery the stream's clock may stand earlier than before. The axis goes on. A run that begins
 * with a recovery begins on the axis where a stream would.
 */
export function prepare(trace) {
  const { interval, clock, partitions } = trace.run
  const groups = []
  for (const event of clock === 'manual' ? byTheClock(trace.events) : trace.events) {
    const group = groups.at(-1)
    if (group && group.at === event.at && event.type !== 'recovered') group.events.push(event)
    else groups.push({ at: event.at, events: [event] })
  }
  const shown = []
  let shift = 0
  let end = 0
  groups.forEach((group, index) => {
    // The driver is down for a while that can be seen, also if no clock was there to tell how long.
    const recovered = group.events[0].type === 'recovered'
    const earliest = recovered ? end + interval * 0.8 : end
    if (group.at + shift < earliest || (recovered && index === 0)) shift = earliest - group.at
    const start = group.at + shift
    const groupShift = shift
    const next = groups[index + 1]
    const gap = next && next.at > group.at ? next.at - group.at : interval
    // A burst, such as all batches of a down time generated at once, gets an interval for each batch.
    const burst = Math.max(1, count(group.events, 'batchGenerated'), count(group.events, 'batchCompleted'))
    const spread = clock === 'manual' ? interval * (burst - 0.2) : Math.min(gap * 0.9, interval * 0.04 * group.events.length)
    if (clock === 'manual' && burst > 1) shift += interval * (burst - 1)
    // Batches of a burst are generated far enough from each other to be told apart.
    const parts = group.events.map((event) => (burst > 1 && event.type === 'batchGenerated' ? 8 : 1))
    const all = sum(parts.slice(0, -1))
    group.events.forEach((event, i) => {
      end = start + (i ? (spread * sum(parts.slice(0, i))) / all : 0)
      shown.push({ ...event, shown: end, shift: groupShift })
    })
  })
  const stops = stopsOf(shown, interval)
  const lanes = Math.max(partitions, ...shown.map((e) => (e.partition ?? -1) + 1))
  return {
    title: trace.title,
    run: trace.run,
    events: shown,
    stops,
    end: stops.at(-1),
    lanes: Math.min(lanes, LANES),
    hiddenLanes: Math.max(0, lanes - LANES),
    ticks: shown.filter((e) => e.type === 'batchGenerated' || e.type === 'batchWithoutJob').map((e) => ({ shown: e.shown, batch: e.batch })),
    values: valuesOf(shown),
  }
}

const count = (events, type) => events.filter((e) => e.type === type).length
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0)
const isGenerated = (event) => event?.type === 'batchGenerated' || event?.type === 'batchWithoutJob'

/** The events with durations by the stream's clock, in place of those that the machine needed while that clock stood still. */
function byTheClock(events) {
  const generated = new Map()
  const started = new Map()
  return events.map((event) => {
    const { type, batch, at } = event
    if (isGenerated(event)) generated.set(batch, at)
    if (type === 'batchStarted') started.set(batch, at)
    if (type === 'task') return { ...event, durationMs: null }
    if (type === 'batchCompleted') return { ...event, schedulingDelayMs: started.get(batch) - generated.get(batch), processingDelayMs: at - started.get(batch) }
    return event
  })
}

/**
 * Where a step stops: just before a batch is generated, and at the end. Batches that are generated all at
 * once are one step, and those that run after each other, while none is generated, a step each.
 */
function stopsOf(events, interval) {
  const marks = events.filter((e) => isGenerated(e) || e.type === 'batchCompleted')
  const together = (a, b) => isGenerated(a) && isGenerated(b) && a.at === b.at
  const last = events.at(-1)?.shown ?? 0
  const end = Math.max(last, (marks.findLast(isGenerated)?.shown ?? 0) + interval * 0.9) + interval * 0.1
  const moments = marks.flatMap((mark, i) => {
    const [before, after] = [marks[i - 1], marks[i + 1]]
    if (!isGenerated(mark)) return after?.type === mark.type ? [mark.shown + 1] : []
    return [...(before && !together(before, mark) ? [mark.shown - interval * 0.02] : []), ...(together(before, mark) && !together(mark, after) ? [mark.shown + 1] : [])]
  })
  return moments.reduce((stops, stop) => (stop - stops.at(-1) > interval * 0.1 ? [...stops, stop] : stops), [0]).concat(end)
}

/** What each run of a batch will print, so that a lane can show how many records wait in it. */
function valuesOf(events) {
  const values = new Map()
  const attempts = new Map()
  for (const event of events) {
    if (event.type === 'batchGenerated') attempts.set(event.batch, (attempts.get(event.batch) ?? 0) + 1)
    if (event.type === 'output') {
      const key = keyOf(event.batch, attempts.get(event.batch) ?? 1)
      const partitions = values.get(key) ?? values.set(key, new Map()).get(key)
      partitions.set(event.partition, event.values)
    }
  }
  return values
}

const keyOf = (batch, attempt) => `${batch}.${attempt}`

/** Returns how many events have been shown at a moment. */
export function shownAt(prepared, moment) {
  let low = 0
  let high = prepared.events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (prepared.events[middle].shown <= moment) low = middle + 1
    else high = middle
  }
  return low
}

/** Returns what the stream's own clock says at a moment of the axis, in milliseconds since its zero time. */
export function clockAt(prepared, moment) {
  const n = shownAt(prepared, moment)
  if (n === 0) return 0
  const event = prepared.events[n - 1]
  const next = prepared.events.slice(n).find((e) => e.at !== event.at)
  const time = moment - event.shift
  return next && next.at > event.at ? Math.min(time, next.at) : time
}

/** Returns the state of the engine after the first `n` events. Pure: the same for the same arguments. */
export function stateAfter(prepared, n) {
  return prepared.events.slice(0, n).reduce(step, {
    phase: 'not started',
    batches: [],
    printed: [],
    checkpoints: [],
    marks: [],
    current: null,
    last: null,
  })
}

export const stateAt = (prepared, moment) => stateAfter(prepared, shownAt(prepared, moment))

/** The batches that wait in the queue, the oldest first. */
export const waiting = (state) => state.batches.filter((b) => b.status === 'waiting')

/** The batch that runs, or null. With more than one at a time: the one that started last. */
export const running = (state) => state.batches.filter((b) => b.status === 'running').at(-1) ?? null

function step(state, event) {
  const next = { ...state, last: event }
  const update = (change) => {
    const index = state.batches.findLastIndex((b) => b.batch === event.batch)
    if (index < 0) return
    next.batches = state.batches.with(index, { ...state.batches[index], ...change(state.batches[index]) })
  }
  switch (event.type) {
    case 'started':
      next.phase = 'running'
      break
    case 'batchGenerated':
    case 'batchWithoutJob': {
      const attempt = state.batches.filter((b) => b.batch === event.batch).length + 1
      const withJob = event.type === 'batchGenerated'
      const batch = {
        key: keyOf(event.batch, attempt),
        batch: event.batch,
        attempt,
        records: withJob ? (event.records ?? null) : 0,
        status: withJob ? 'waiting' : 'without job',
        generatedAt: event.shown,
        startedAt: null,
        completedAt: null,
        schedulingDelayMs: null,
        processingDelayMs: null,
        job: null,
        tasks: {},
        outputs: {},
      }
      next.batches = [...state.batches, batch]
      break
    }
    case 'batchStarted':
      update(() => ({ status: 'running', startedAt: event.shown }))
      next.current = state.batches.findLast((b) => b.batch === event.batch)?.key ?? null
      break
    case 'jobStarted':
      // A second job of the batch runs all partitions again.
      update((b) => ({ job: { job: event.job, output: event.output ?? null, failed: null }, tasks: b.job ? {} : b.tasks }))
      break
    case 'jobCompleted':
      update((b) => ({ job: { ...b.job, job: event.job, failed: event.failed } }))
      break
    case 'task':
      update((b) => ({ tasks: { ...b.tasks, [event.partition]: { durationMs: event.durationMs, failed: event.failed } } }))
      break
    case 'output':
      update((b) => ({ outputs: { ...b.outputs, [event.partition]: event.values } }))
      next.printed = [...state.printed, { key: state.printed.length, batch: event.batch, partition: event.partition, values: event.values }]
      break
    case 'batchCompleted':
      update(() => ({
        status: event.failed ? 'failed' : 'done',
        completedAt: event.shown,
        schedulingDelayMs: event.schedulingDelayMs,
        processingDelayMs: event.processingDelayMs,
      }))
      break
    case 'checkpoint':
      next.checkpoints = [...state.checkpoints, { shown: event.shown, batch: event.batch, file: event.file }]
      break
    case 'crash':
      // What waited or ran was in the driver's memory.
      next.phase = 'crashed'
      next.batches = state.batches.map((b) => (b.status === 'waiting' || b.status === 'running' ? { ...b, status: 'lost', completedAt: event.shown } : b))
      next.current = null
      next.marks = [...state.marks, { type: 'crash', shown: event.shown }]
      break
    case 'recovered':
      next.phase = 'running'
      next.marks = [...state.marks, { type: 'recovered', shown: event.shown }]
      break
    case 'stopped':
      next.phase = 'stopped'
      next.marks = [...state.marks, { type: 'stopped', shown: event.shown }]
      break
  }
  return next
}

/** A value as it is printed: text as it is, everything else as JSON writes it. */
export const printedValue = (value) => (typeof value === 'string' ? value : JSON.stringify(value))

/** A line as the run printed it. */
export const printedLine = ({ batch, partition, values }) => `batch ${batch} | partition ${partition} | ${values.map(printedValue).join(' ')}`

/** Says in a sentence what an event is. */
export function describe(event) {
  if (!event) return 'Nothing has happened yet.'
  const batch = `Batch ${event.batch}`
  switch (event.type) {
    case 'started':
      return 'The stream has started. Its first batch comes one interval later.'
    case 'batchGenerated':
      return `${batch} is generated${event.records == null ? '' : ` with ${plural(event.records, 'record')}`} and joins the queue.`
    case 'batchWithoutJob':
      return `${batch} is generated without a job: there is nothing to run.`
    case 'batchStarted':
      return `${batch} leaves the queue and starts to run.`
    case 'jobStarted':
      return `${batch}: job ${event.job} starts.`
    case 'jobCompleted':
      return `${batch}: job ${event.job} ${event.failed ? 'has failed' : 'is done'}.`
    case 'task':
      return `${batch}: the task of partition ${event.partition} ${event.failed ? 'fails' : 'is done'}${event.durationMs == null ? '' : ` after ${event.durationMs} ms`}.`
    case 'output':
      return `${batch}: partition ${event.partition} ${event.values.length ? `prints ${event.values.slice(0, 12).map(printedValue).join(' ')}` : 'is empty'}.`
    case 'batchCompleted':
      return `${batch} ${event.failed ? 'has failed' : 'is done'}${event.schedulingDelayMs || event.processingDelayMs ? `: waited ${event.schedulingDelayMs} ms, ran ${event.processingDelayMs} ms` : ''}.`
    case 'checkpoint':
      return `The checkpoint ${event.file} is written.`
    case 'crash':
      return 'The driver crashes. What was waiting or running is gone.'
    case 'recovered':
      return `The driver is back, from ${event.from}.`
    case 'stopped':
      return 'The stream has stopped.'
    default:
      return event.type
  }
}

export const plural = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`

/** Says how the engine stands, for those who can't see the drawing. */
export function summary(prepared, state) {
  const queue = waiting(state).length
  const run = running(state)
  const done = state.batches.filter((b) => b.status === 'done').length
  return [
    `${prepared.title}: ${state.phase}`,
    `${plural(queue, 'batch').replace('batchs', 'batches')} waiting`,
    run ? `batch ${run.batch} running` : 'none running',
    `${done} done`,
  ].join(', ')
}

/** The run as rows of a table, one for each run of a batch. */
export function rows(prepared) {
  return stateAfter(prepared, prepared.events.length).batches.map((b) => ({
    key: b.key,
    batch: b.batch,
    attempt: b.attempt,
    generatedAt: prepared.events.find((e) => e.shown === b.generatedAt && e.batch === b.batch)?.at,
    records: b.records,
    status: b.status,
    // Those ahead of it when it was generated, and not yet done.
    ahead: stateAt(prepared, b.generatedAt).batches.filter((o) => o.key !== b.key && (o.status === 'waiting' || o.status === 'running')).length,
    schedulingDelayMs: b.schedulingDelayMs,
    processingDelayMs: b.processingDelayMs,
    outputs: b.outputs,
  }))
}
