// All that must hold before a build counts as done. VitePress calls it when the HTML is written.
import { checkCharts } from './charts.mjs'
import { checkCommands } from './commands.mjs'
import { checkDiagrams } from './diagrams.mjs'
import { checkExercises } from './exercises.mjs'
import { checkFences } from './fences.mjs'
import { checkGlossary } from './glossary.mjs'
import { checkLinks } from './links.mjs'
import { readPages } from './pages.mjs'
import { checkRegions } from './regions.mjs'
import { checkTraces } from './traces.mjs'

export function checkBuild({ outDir, site }) {
  const pages = readPages()
  const problems = [
    ...checkRegions(pages),
    ...checkFences(pages),
    ...checkGlossary(pages),
    ...checkExercises(pages),
    ...checkCommands(pages),
    ...checkDiagrams(pages),
    ...checkTraces(pages),
    ...checkCharts(pages),
    ...checkLinks(outDir, site.base),
  ]
  if (problems.length) throw new Error(`The site is built, but ${problems.length} things are wrong:\n- ${problems.join('\n- ')}`)
}
