// Read when the site is built: a reader loads what the chart shows, neither the scales nor each batch's time.
import { readFileSync } from 'node:fs'
import { chartOf } from './caching.mjs'

export default {
  watch: ['../../../data/lesson-05-caching-benchmark.json'],
  /** Null while no benchmark has been run; a page that shows the chart then fails. */
  load: ([file]) => (file ? chartOf(JSON.parse(readFileSync(file, 'utf8'))) : null),
}
