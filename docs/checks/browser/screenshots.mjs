// `npm run screenshots`: every page of the built site, light and dark, wide and narrow, to look at.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { docsDir, readPages } from '../pages.mjs'
import { launch } from './chromium.mjs'
import { serve } from './server.mjs'

const only = process.argv[2]
const folder = join(docsDir, '.vitepress/screenshots')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const server = await serve(join(docsDir, '.vitepress/dist'))
const browser = await launch()
for (const colorScheme of ['light', 'dark']) {
  for (const width of [1280, 360]) {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 }, reducedMotion: 'reduce' })
    for (const { name } of readPages().filter((p) => !only || p.name.includes(only))) {
      await page.goto(`${server.url}${name}.html`, { waitUntil: 'networkidle' })
      const players = page.locator('.player')
      for (let i = 0; i < (await players.count()); i++) {
        const range = players.nth(i).locator('input[type=range]')
        await range.fill(String(Math.round(Number(await range.getAttribute('max')) * 0.62)))
      }
      // Sticky controls would cover the drawing of a page that is shot as a whole.
      await page.addStyleTag({ content: '.player .controls { position: static !important }' })
      await page.evaluate(() => scrollTo(0, 0))
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
    }
    await page.close()
  }
}
await browser.close()
server.close()
