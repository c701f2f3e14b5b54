import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { labeled, layoutOf, queuePlaces, tilesOf, wrap } from '../.vitepress/theme/player/layout.mjs'
import { checkTrace, readTrace, validate } from '../.vitepress/theme/player/schema.mjs'
import { clockAt, describe, prepare, printedLine, rows, running, shownAt, stateAfter, stateAt, summary, waiting } from '../.vitepress/theme/player/trace.mjs'
import { spread, traces } from './fixtures/make-traces.mjs'
import { docsDir } from './pages.mjs'
import { readSchema } from './traces.mjs'

const schema = readSchema()
const prepared = Object.fromEntries(Object.entries(traces).map(([name, make]) => [name, prepare(make())]))
const recorded = (id) => prepare(JSON.parse(readFileSync(join(docsDir, `traces/${id}.json`), 'utf8')))
const atEnd = (p) => stateAt(p, p.end)

test('the traces of the tests are valid', () => {
  for (const [name, make] of Object.entries(traces)) assert.deepEqual(checkTrace(make(), schema), [], name)
})

test('numbers are spread over partitions as parallelize does', () => {
  assert.deepEqual(spread([0, 1, 2, 3, 4, 5], 4), [[0], [1, 2], [3], [4, 5]])
})

test('the axis never goes back, and no event is shown before its time', () => {
  for (const [name, p] of Object.entries(prepared)) {
    p.events.forEach((event, i) => {
      assert.ok(i === 0 || event.shown >= p.events[i - 1].shown, `${name}, event ${i}`)
      assert.ok(event.shown >= event.at, `${name}, event ${i}`)
    })
  }
})

test('under a manual clock the events of a batch keep their order and end before the next batch', () => {
  const p = prepared['four-partitions']
  const second = p.events.filter((e) => e.batch === 2)
  assert.equal(second[0].shown, 2000)
  assert.ok(second.every((e, i) => i === 0 || e.shown > second[i - 1].shown))
  assert.ok(second.at(-1).shown < 3000)
})

test('how long a task took does not move anything under a manual clock', () => {
  const slow = traces['four-partitions']()
  for (const event of slow.events) if (event.type === 'task') event.durationMs *= 1000
  assert.deepEqual(prepare(slow).events.map((e) => e.shown), prepared['four-partitions'].events.map((e) => e.shown))
})

test('a batch waits, runs, prints and is done', () => {
  const p = prepared['four-partitions']
  const after = (type) => stateAfter(p, p.events.findIndex((e) => e.type === type && e.batch === 2) + 1)
  assert.deepEqual(waiting(after('batchGenerated')).map((b) => b.batch), [2])
  assert.equal(running(after('batchGenerated')), null)
  assert.equal(running(after('batchStarted')).batch, 2)
  assert.equal(waiting(after('batchStarted')).length, 0)
  const done = after('batchCompleted')
  assert.equal(running(done), null)
  assert.deepEqual(done.printed.filter((l) => l.batch === 2).map(printedLine), ['batch 2 | partition 0 | 6', 'batch 2 | partition 1 | 7 8', 'batch 2 | partition 2 | 9', 'batch 2 | partition 3 | 10 11'])
})

test('the state is the same whichever way one comes to a moment', () => {
  const p = prepared.crash
  const moment = p.end / 2
  const there = stateAt(p, moment)
  stateAt(p, p.end)
  assert.deepEqual(stateAt(p, moment), there)
  assert.equal(stateAt(p, -1).phase, 'not started')
  assert.equal(shownAt(p, -1), 0)
  assert.equal(shownAt(p, p.end), p.events.length)
})

test('behind a slow stage the queue grows, behind a fast one it does not', () => {
  const longest = (p) => p.stops.map((stop) => waiting(stateAt(p, stop)).length)
  assert.deepEqual([...new Set(longest(prepared['fast-stage']))], [0])
  const slow = longest(prepared['slow-stage'])
  assert.ok(slow.at(-1) >= 7, slow.join())
  assert.ok(slow.every((n, i) => i === 0 || n >= slow[i - 1] - 1))
})

test('a step stops once a batch, and at the end', () => {
  const p = prepared['one-partition']
  assert.equal(p.stops.length, 1 + 5 + 1)
  p.stops.slice(1).forEach((stop, i) => assert.equal(stateAt(p, stop).batches.filter((b) => b.status === 'done').length, i + 1))
})

test('under a manual clock a batch waits and runs for as long as that clock says, and tasks take no time', () => {
  const p = recorded('lesson-01/slow-stage')
  assert.deepEqual(rows(p).slice(0, 3).map((row) => [row.schedulingDelayMs, row.processingDelayMs]), [[0, 3000], [2000, 3000], [4000, 3000]])
  assert.equal(describe(p.events.find((e) => e.type === 'batchCompleted' && e.batch === 3)), 'Batch 3 is done: waited 4000 ms, ran 3000 ms.')
  assert.match(describe(p.events.find((e) => e.type === 'task')), /is done\.$/)
  assert.equal(describe(prepared['slow-stage'].events.find((e) => e.type === 'batchCompleted')), 'Batch 1 is done: waited 5 ms, ran 3000 ms.')
})

test('after a restart a step shows all batches generated, and then each of them done', () => {
  for (const id of ['lesson-02/plain-counter-killed', 'lesson-02/recorded-ranges-killed']) {
    const p = recorded(id)
    const back = p.events.find((e) => e.type === 'recovered').shown
    const printedBefore = stateAt(p, back).printed.length
    const states = p.stops.filter((stop) => stop > back).map((stop) => stateAt(p, stop))
    assert.deepEqual(states.slice(0, 6).map((s) => s.printed.length - printedBefore), [0, 0, 1, 2, 3, 4], id)
    assert.equal(waiting(states[1]).length, 5, id)
    const ticks = p.ticks.filter((tick) => tick.shown > back).slice(0, 5)
    assert.ok(ticks.every((tick, i) => i === 0 || tick.shown - ticks[i - 1].shown > 300), id)
  }
})

test('a run that begins with a recovery begins near the start of the axis', () => {
  const trace = traces.crash()
  const from = trace.events.findIndex((e) => e.type === 'recovered')
  const p = prepare({ ...trace, events: trace.events.slice(from).map((e) => ({ ...e, at: e.at + 3_600_000 })) })
  assert.equal(p.events[0].shown, 800)
  assert.ok(p.end < 12_000)
  assert.equal(clockAt(p, 800), 3_602_000)
})

test('a crash loses what waits and runs; after it batches come again', () => {
  const p = prepared.crash
  const crash = p.events.findIndex((e) => e.type === 'crash')
  const down = stateAfter(p, crash + 1)
  assert.equal(down.phase, 'crashed')
  assert.deepEqual(down.batches.filter((b) => b.status === 'lost').map((b) => b.batch), [3, 4])
  const end = atEnd(p)
  assert.equal(end.phase, 'stopped')
  assert.deepEqual(end.marks.map((m) => m.type), ['crash', 'recovered', 'stopped'])
  assert.deepEqual(end.batches.filter((b) => b.attempt === 2).map((b) => [b.batch, b.status]), [[2, 'done'], [3, 'done'], [4, 'done']])
  assert.equal(end.batches.at(-1).status, 'without job')
  assert.equal(end.checkpoints.length, 2)
})

test('after a crash the driver is down for a while, and its clock may stand earlier', () => {
  const p = prepared.crash
  const crash = p.events.find((e) => e.type === 'crash')
  const recovered = p.events.find((e) => e.type === 'recovered')
  assert.ok(recovered.shown - crash.shown >= 800)
  assert.equal(clockAt(p, 0), 0)
  assert.equal(clockAt(p, 1500), 1500)
  assert.equal(clockAt(p, recovered.shown), 2000)
})

test('a burst of batches at one time is spread over as many intervals', () => {
  const p = prepared.crash
  const done = p.events.filter((e) => e.type === 'batchCompleted').slice(-3)
  const generated = p.events.filter((e) => e.type === 'batchGenerated').slice(-3)
  assert.ok(done[2].shown - generated[0].shown > 2000)
  assert.ok(done[2].shown - done[0].shown > 700)
})

test('a second job of a batch runs the partitions again', () => {
  const p = prepare({
    title: 'T',
    run: { interval: 1000, clock: 'manual', partitions: 1 },
    events: [
      { at: 1, type: 'batchGenerated', batch: 1 },
      { at: 1, type: 'batchStarted', batch: 1 },
      { at: 1, type: 'jobStarted', batch: 1, job: 0 },
      { at: 1, type: 'task', batch: 1, partition: 0, durationMs: 1, failed: false },
      { at: 1, type: 'jobCompleted', batch: 1, job: 0, failed: false },
      { at: 1, type: 'jobStarted', batch: 1, job: 1 },
    ],
  })
  assert.deepEqual(Object.keys(stateAfter(p, 5).batches[0].tasks), ['0'])
  assert.deepEqual(Object.keys(stateAfter(p, 6).batches[0].tasks), [])
})

test('the table has a row for each run of a batch', () => {
  assert.equal(rows(prepared['slow-stage']).length, 12)
  assert.equal(rows(prepared['slow-stage']).at(-1).ahead, 8)
  assert.deepEqual(rows(prepared['one-partition'])[1].outputs, { 0: [6, 7, 8, 9, 10, 11] })
  assert.equal(rows(prepared['one-partition'])[1].generatedAt, 2000)
})

test('every event and state has words', () => {
  for (const event of prepared.crash.events) assert.match(describe(event), /^[A-Z].*\.$/)
  assert.equal(summary(prepared['slow-stage'], stateAt(prepared['slow-stage'], 5500)), 'A slow stage: running, 3 batches waiting, batch 2 running, 1 done')
})

test('drawing: all is inside, at every width and size', () => {
  for (const width of [240, 293, 330, 660, 900]) {
    for (const runs of [1, 12, 500]) {
      const at = layoutOf(width, { end: 1000, runs, lanes: 4 })
      assert.ok(at.paper.x + at.paper.width <= width && at.engine.x + at.engine.width <= width)
      assert.ok(at.x(0) > 0 && at.x(1000) < width && at.x(99999) < width)
      for (const count of [0, 1, 5, 200]) {
        for (const place of queuePlaces(count, at.queue)) assert.ok(place >= at.queue.x + 40 && place + at.queue.box <= at.queue.x + at.queue.width)
      }
    }
  }
})

test('drawing: records without room are counted', () => {
  const few = tilesOf(['1', '2'], 0, 200)
  assert.deepEqual([few.tiles.length, few.more], [2, 0])
  const many = tilesOf(Array(100).fill('12345'), 0, 200)
  assert.equal(many.tiles.length + many.more, 100)
  assert.ok(many.tiles.at(-1).x + many.tiles.at(-1).width + 30 <= 200)
  assert.deepEqual(tilesOf(['x'.repeat(90)], 0, 100).more, 1)
})

test('drawing: a long line is broken at spaces, and cut after three rows', () => {
  assert.deepEqual(wrap('a b c', 100), ['a b c'])
  assert.deepEqual(wrap('aaaa bbbb cccc', 73), ['aaaa bbbb', '  cccc'])
  const rows = wrap('12345 '.repeat(50).trim(), 100)
  assert.equal(rows.length, 3)
  assert.ok(rows.every((row) => row.length <= 13) && rows[2].endsWith('…'))
  assert.ok(wrap('x'.repeat(50), 100)[0].endsWith('…'))
})

test('drawing: numbers of batches leave room for each other', () => {
  const ticks = Array.from({ length: 100 }, (_, i) => ({ shown: i, batch: i + 1 }))
  const shown = labeled(ticks, (t) => t * 3).filter((t) => t.label)
  assert.ok(shown.every((t, i) => i === 0 || t.x - shown[i - 1].x >= 7 * String(t.batch).length))
  assert.ok(shown.length > 10 && shown.length < 40)
})

test('a wrong trace is refused, with a message that says where', () => {
  const change = (edit) => {
    const trace = traces['one-partition']()
    edit(trace)
    return checkTrace(trace, schema)[0]
  }
  assert.equal(change((t) => (t.schema = 2)), 'schema must be 1, and is 2')
  assert.equal(change((t) => delete t.run.interval), 'run lacks interval')
  assert.equal(change((t) => (t.run.clock = 'wall')), 'run.clock must be one of "manual", "system", and is "wall"')
  assert.equal(change((t) => (t.run.partitions = 0)), 'run.partitions must be 1 or more, and is 0')
  assert.equal(change((t) => (t.events[1].batch = '1')), 'events[1].batch must be an integer, and is "1"')
  assert.equal(change((t) => (t.events[1].extra = 1)), 'events[1] has extra, which is not in the schema')
  assert.match(change((t) => (t.events[1].type = 'x')), /^events\[1\]\.type must be one of started, .* and is "x"$/)
  assert.match(change((t) => (t.events[9].at = 0)), /time goes back/)
  assert.match(change((t) => t.events.splice(1, 1)), /batch 1 starts before it is generated/)
  assert.match(change((t) => t.events.splice(2, 1)), /batch 1 has not started/)
  assert.match(readTrace('{', schema).problems[0], /^This is not JSON/)
  assert.deepEqual(readTrace('[]', schema).problems, ['the trace must be an object, and is []'])
})

test('the validator refuses a schema that it does not understand', () => {
  assert.throws(() => validate(1, { maximum: 1 }), /keyword maximum/)
})
