// Says whether the player can play these files, which an app recorded: npm run traces -- FILE…
import { readFileSync } from 'node:fs'
import { readTrace } from '../.vitepress/theme/player/schema.mjs'
import { readSchema } from './traces.mjs'

for (const file of process.argv.slice(2)) {
  const { trace, problems = [] } = readTrace(readFileSync(file, 'utf8'), readSchema())
  console.log(problems.length ? problems.map((problem) => `${file}: ${problem}`).join('\n') : `${file}: ${trace.events.length} events`)
  if (problems.length) process.exitCode = 1
}
