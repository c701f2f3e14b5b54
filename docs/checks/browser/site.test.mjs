// The built site in a real browser: every page, light and dark, wide and narrow, at / and under a path.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { docsDir, readPages } from '../pages.mjs'
import { launch } from './chromium.mjs'
import { serve } from './server.mjs'

const SUB_PATH = '/counting-streams/'
const BUDGET = 100_000
const WIDTHS = [1280, 360]
const SCHEMES = ['light', 'dark']
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const dist = join(docsDir, '.vitepress/dist')
const subDist = join(docsDir, '.vitepress/dist-sub')
const pages = readPages()
const LESSON = 'lesson-01-counting-dstream.html'
const fixture = (name) => join(docsDir, 'checks/fixtures', name)

let browser, root, sub

before(async () => {
  assert.ok(existsSync(dist), 'npm run build comes first')
  execFileSync(join(docsDir, 'node_modules/.bin/vitepress'), ['build', '--outDir', subDist], { cwd: docsDir, env: { ...process.env, DOCS_BASE: SUB_PATH }, stdio: 'pipe' })
  browser = await launch()
  root = await serve(dist)
  sub = await serve(subDist, SUB_PATH)
})
after(async () => {
  await browser?.close()
  root?.close()
  sub?.close()
})

/** Opens a page and gives it to `use`; afterwards there must be no error and no request that left the site. */
async function open(path, options, use, site = root) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const troubles = []
  await context.route('**/*', (route) => {
    const url = route.request().url()
    if (url.startsWith(site.url)) return route.continue()
    troubles.push(`a request left the site: ${url}`)
    return route.abort()
  })
  const page = await context.newPage()
  page.on('console', (message) => message.type() === 'error' && troubles.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
  page.on('response', (response) => response.status() >= 400 && troubles.push(`${response.status()}: ${response.url()}`))
  try {
    await page.goto(site.url + path, { waitUntil: 'networkidle' })
    await use(page)
    assert.deepEqual(troubles, [])
  } finally {
    await context.close()
  }
}

async function violations(page) {
  // Not by a script tag: the page stays as it is.
  await page.evaluate(axe)
  // What moves is not judged while it moves.
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity))
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary.split('\n')[1]?.trim()}`))
}

const overflow = (page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth
    return document.documentElement.scrollWidth > width ? [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > width + 1).slice(0, 3).map((e) => e.outerHTML.slice(0, 100)) : null
  })

const openDetails = (page) => page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)))

for (const { name } of pages) {
  for (const colorScheme of SCHEMES) {
    for (const width of WIDTHS) {
      test(`${name}, ${colorScheme}, ${width} px`, () =>
        open(`${name}.html`, { colorScheme, viewport: { width, height: 900 } }, async (page) => {
          assert.equal(await page.locator('h1').count(), 1)
          assert.equal(await overflow(page), null)
          await openDetails(page)
          assert.equal(await overflow(page), null)
          assert.deepEqual(await violations(page), [])
        }))
    }
  }
}

for (const { name } of pages) {
  test(`${name} under ${SUB_PATH}`, () => open(`${name}.html`, {}, async (page) => assert.equal(await page.locator('h1').count(), 1), sub))
}

test('a reader without JavaScript can read exercises, and sees the players and their tables', () =>
  open(LESSON, { javaScriptEnabled: false }, async (page) => {
    const hint = page.locator('.exercise details').first()
    assert.equal(await hint.locator('p').isVisible(), false)
    await hint.locator('summary').click()
    assert.equal(await hint.locator('p').isVisible(), true)
    assert.ok(await page.locator('.stage').first().isVisible())
    assert.ok((await page.locator('.as-table tbody tr').count()) > 0)
  }))

describe('search', () => {
  for (const colorScheme of SCHEMES) {
    test(`finds every page, ${colorScheme}`, () =>
      open('index.html', { colorScheme }, async (page) => {
        await page.keyboard.press('Control+k')
        const box = page.locator('#localsearch-input')
        await box.waitFor()
        for (const { text, name } of pages) {
          const title = /^# (.*)$/m.exec(text)[1]
          const lastHeading = [...text.matchAll(/^##+ (.*?)( \{#.*)?$/gm)].at(-1)?.[1]
          for (const term of [title, lastHeading].filter(Boolean)) {
            await box.fill(term)
            await page.locator(`.result[href*="/${name === 'index' ? '' : name}"]`).first().waitFor({ timeout: 5000 })
          }
        }
        assert.deepEqual(await violations(page), [])
      }))
  }
})

for (const { name } of pages.filter((page) => page.name.startsWith('lesson-'))) {
  test(`${name} loads at most ${BUDGET / 1000} kB of JavaScript and CSS`, async (t) => {
    const sizes = []
    // Not by open(): intercepting requests turns the browser's cache off.
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    const client = await context.newCDPSession(page)
    const loads = new Map()
    client.on('Network.responseReceived', ({ requestId, response }) => loads.set(requestId, response.url))
    client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const url = loads.get(requestId) ?? ''
      if (/\.(js|css)$/.test(url)) sizes.push({ url: url.replace(root.url, ''), bytes: encodedDataLength })
    })
    await client.send('Network.enable')
    await page.goto(`${root.url}${name}.html`, { waitUntil: 'networkidle' })
    await page.locator('.player').last().scrollIntoViewIfNeeded()
    await page.waitForLoadState('networkidle')
    await context.close()
    const total = sizes.reduce((sum, s) => sum + s.bytes, 0)
    const list = sizes.sort((a, b) => b.bytes - a.bytes).map((s) => `${s.bytes}  ${s.url}`).join('\n')
    t.diagnostic(`${total} bytes:\n${list}`)
    assert.ok(sizes.length > 2 && total <= BUDGET, `${total} bytes:\n${list}`)
  })
}

describe('the player', () => {
  const onPlayer = (options, use) => open(LESSON, options, async (page) => use(page, page.locator('.player').first()))
  const now = async (player) => Number(await player.getAttribute('data-now'))
  const playing = async (player) => (await player.getAttribute('data-playing')) === 'true'

  test('does not start by itself, and plays and pauses by its button', () =>
    onPlayer({}, async (page, player) => {
      await page.waitForTimeout(300)
      assert.equal(await now(player), 0)
      await player.getByRole('button', { name: 'Play' }).click()
      await page.waitForTimeout(500)
      await player.getByRole('button', { name: 'Pause' }).click()
      const there = await now(player)
      assert.ok(there > 0)
      await page.waitForTimeout(200)
      assert.equal(await now(player), there)
    }))

  test('works by keyboard: arrows step by batch, Home and End jump, space plays', () =>
    onPlayer({}, async (page, player) => {
      await player.locator('input[type=range]').focus()
      await page.keyboard.press('ArrowRight')
      const first = await now(player)
      await page.keyboard.press('ArrowRight')
      const second = await now(player)
      assert.ok(0 < first && first < second)
      assert.match(await player.locator('[aria-live]').innerText(), /done/)
      await page.keyboard.press('ArrowLeft')
      assert.equal(await now(player), first)
      await page.keyboard.press('End')
      assert.equal(await now(player), Number(await player.locator('input[type=range]').getAttribute('max')))
      await page.keyboard.press('Home')
      assert.equal(await now(player), 0)
      await page.keyboard.press(' ')
      assert.equal(await playing(player), true)
      await page.keyboard.press(' ')
      assert.equal(await playing(player), false)
    }))

  test('goes step by step and moves nothing for readers who prefer that', () =>
    onPlayer({ reducedMotion: 'reduce' }, async (page, player) => {
      await player.getByRole('button', { name: 'Play' }).click()
      await page.waitForTimeout(200)
      assert.equal(await now(player), 0)
      await page.waitForFunction(() => Number(document.querySelector('.player').dataset.now) > 0)
      const animated = await page.evaluate(() => document.querySelector('.player').getAnimations({ subtree: true }).length)
      assert.equal(animated, 0)
    }))

  test('draws text at its size, wide and narrow', async () => {
    for (const width of WIDTHS) {
      await onPlayer({ viewport: { width, height: 900 } }, async (page, player) => {
        const scale = await player.locator('.stage').first().evaluate((svg) => svg.clientWidth / svg.viewBox.baseVal.width)
        assert.ok(Math.abs(scale - 1) < 0.02, `scale ${scale}`)
      })
    }
  })

  test('has a table that says the same', () =>
    onPlayer({}, async (page, player) => {
      await player.locator('.as-table summary').click()
      assert.ok(await player.getByRole('cell', { name: '0: 0 1 2 3 4 5' }).first().isVisible())
    }))

  test('has no axe violation in the middle and at the end of a run', async () => {
    for (const colorScheme of SCHEMES) {
      await onPlayer({ colorScheme }, async (page) => {
        for (const range of await page.locator('.player input[type=range]').all()) await range.fill(String(Math.round(Number(await range.getAttribute('max')) * 0.7)))
        assert.deepEqual(await violations(page), [])
      })
    }
  })
})

test('the first screen has the button that plays', () =>
  open('index.html', { viewport: { width: 1280, height: 720 } }, async (page) => {
    const { y, height } = await page.locator('.player .play').boundingBox()
    assert.ok(y + height <= 720, `${y + height}`)
  }))

const choicePage = pages.find(({ text }) => text.includes('<BatchPlayer choose='))
test('of the runs to choose from the one that is chosen by keyboard is played, from its start', { skip: choicePage ? false : 'no page has a choice' }, () =>
  open(`${choicePage.name}.html`, {}, async (page) => {
    const player = page.locator('.player').first()
    const titles = (await player.locator('.choice label').allInnerTexts()).map((title) => title.trim())
    assert.ok(titles.length > 1)
    for (const [i, title] of titles.entries()) {
      await player.getByRole('radio', { checked: true }).focus()
      if (i) await page.keyboard.press('ArrowDown')
      assert.equal(await player.locator('figcaption').innerText(), title)
      assert.equal(await player.getAttribute('data-now'), '0')
      const range = player.locator('input[type=range]')
      await range.fill(await range.getAttribute('max'))
      assert.equal(await player.locator('.mark.crash').count(), 1)
    }
    assert.deepEqual(await violations(page), [])
  }))

/** The charts that let one choose: what they let one choose, and what the drawing says in words, as the table has it. */
const CHARTS = {
  StateChart: {
    choice: 'Keys in the state',
    said: async (chart) => {
      const rows = await chart.locator('details tbody tr').all()
      return Promise.all(
        rows.map(async (row) => {
          const [median, mean, worst] = await row.locator('td').allInnerTexts()
          return `${await row.locator('th').innerText()}: median ${median}, mean ${mean}, worst ${worst}`
        }),
      )
    },
  },
  CachingChart: {
    choice: 'Cost of the map, for each record',
    said: async (chart) => {
      const lines = await chart.locator('details tbody').all()
      return Promise.all(
        lines.map(async (line) => {
          const rows = await line.locator('tr').all()
          const points = await Promise.all(rows.map((row) => row.locator('td').allInnerTexts()))
          return `${await line.locator('th').innerText()}: ${points.map(([n, median]) => `${n} ${n === '1' ? 'output' : 'outputs'} ${median}`).join(', ')}`
        }),
      )
    },
  },
}
for (const [tag, { choice, said }] of Object.entries(CHARTS)) {
  const chartPage = pages.find(({ text }) => text.includes(`<${tag}`))
  test(`the ${tag} is chosen from by keyboard, and has a table that says the same`, { skip: chartPage ? false : 'no page shows it' }, () =>
    open(`${chartPage.name}.html`, {}, async (page) => {
      const chart = page.locator('.chart:has(.choices)')
      const drawing = chart.locator('svg[role=img]')
      await chart.locator('summary').click()
      const before = await drawing.getAttribute('aria-label')
      await chart.getByRole('group', { name: choice }).getByRole('radio', { checked: true }).focus()
      await page.keyboard.press('ArrowRight')
      const after = await drawing.getAttribute('aria-label')
      assert.notEqual(after, before)
      const rows = await said(chart)
      assert.ok(rows.length > 1)
      for (const row of rows) assert.ok(after.includes(row), `${row}\nis not in\n${after}`)
      assert.deepEqual(await violations(page), [])
    }))
}

const drawnPage = pages.find(({ text }) => /^<Chart\s/m.test(text))
test('a chart is drawn without JavaScript: at its size, each series’ mark in the drawing, with a table that says the same', { skip: drawnPage ? false : 'no page has a chart' }, async () => {
  for (const width of WIDTHS) {
    await open(`${drawnPage.name}.html`, { javaScriptEnabled: false, viewport: { width, height: 900 } }, async (page) => {
      for (const chart of await page.locator('.chart.drawn').all()) {
        const drawing = chart.locator('svg[role=img]')
        const { x, y, width: wide, height: tall } = await drawing.boundingBox()
        for (const mark of await drawing.locator('.mark').all()) {
          const box = await mark.boundingBox()
          assert.ok(box.x >= x - 1 && box.x + box.width <= x + wide + 1 && box.y >= y - 1 && box.y + box.height <= y + tall + 1, JSON.stringify(box))
        }
        const sizes = await drawing.locator('text').evaluateAll((texts) => texts.map((text) => parseFloat(getComputedStyle(text).fontSize)))
        assert.ok(sizes.length > 0 && sizes.every((size) => size >= 11), `${sizes}`)
        assert.equal(await chart.locator('td').first().isVisible(), false)
        await chart.locator('summary').click()
        assert.equal(await chart.locator('tbody tr').count(), await drawing.locator('.mark').count())
        assert.ok(await chart.getByRole('region').locator('caption').isVisible())
      }
    })
  }
})

const cachingPage = pages.find(({ text }) => text.includes('<CachingChart'))
for (const width of WIDTHS) {
  test(`the line of the break-even is drawn for each choice, ${width} px`, { skip: cachingPage ? false : 'no page shows it' }, () =>
    open(`${cachingPage.name}.html`, { viewport: { width, height: 900 } }, async (page) => {
      const chart = page.locator('.chart:has(.choices)')
      for (const choice of await chart.getByRole('radio').all()) {
        await choice.check({ force: true })
        const drawing = await chart.locator('svg[role=img]').boundingBox()
        const line = await chart.locator('polyline.NONE').boundingBox()
        assert.ok(line.width > drawing.width * 0.8 && line.height > 20, JSON.stringify(line))
        const word = await chart.getByText('break-even', { exact: true }).boundingBox()
        // Within the drawing, and at the end of the line.
        assert.ok(word.x > drawing.x && word.y >= drawing.y && Math.abs(word.x + word.width - line.x - line.width) < 20, JSON.stringify(word))
      }
    }))
}

describe('the page that plays a file', () => {
  test('plays a trace, with a crash in it', () =>
    open('player.html', {}, async (page) => {
      await page.locator('#trace-file').setInputFiles(fixture('crash.json'))
      const player = page.locator('.player')
      await player.waitFor()
      await player.locator('input[type=range]').focus()
      await page.keyboard.press('End')
      assert.match(await player.locator('.event').innerText(), /stopped/)
      assert.equal(await player.locator('.mark.crash').count(), 1)
      assert.deepEqual(await violations(page), [])
    }))

  test('plays two beside each other', () =>
    open('player.html', {}, async (page) => {
      await page.locator('#trace-file').setInputFiles([fixture('crash.json'), fixture('slow-stage.json')])
      await page.locator('.stage').nth(1).waitFor()
    }))

  test('of three it plays two, and says so', () =>
    open('player.html', {}, async (page) => {
      await page.locator('#trace-file').setInputFiles([fixture('crash.json'), fixture('slow-stage.json'), fixture('crash.json')])
      await page.getByText('Two at most: crash.json and slow-stage.json are played.').waitFor()
      assert.equal(await page.locator('.stage').count(), 2)
    }))

  test('says what is wrong with a file', () =>
    open('player.html', {}, async (page) => {
      const alert = page.locator('.problems')
      const put = (text) => page.locator('#trace-file').setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer: Buffer.from(text) })
      await put('{')
      await alert.getByText('mine.json: This is not JSON').waitFor()
      const trace = JSON.parse(readFileSync(fixture('crash.json'), 'utf8'))
      trace.events[1].type = 'batchMade'
      await put(JSON.stringify(trace))
      await alert.getByText('events[1].type must be one of started, batchGenerated').waitFor()
      assert.equal(await page.locator('.player').count(), 0)
      assert.deepEqual(await violations(page), [])
    }))
})
