/**
 * How fast is the estimate of a workflow with 1,000 partner nodes? Measured in the browser, with the
 * worker as a page gets it: cold, again with nothing changed, and after one widget has changed, for the
 * first time and while a person goes on. Cold is a page of its own that knows no result; it is measured
 * with the worker's start, and with a worker that another node has started. Then expressions that do not
 * end: how long until their price is unknown, and how long the page was busy meanwhile. Fails if one is
 * over its budget.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { build, preview } from 'vite'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from '../scripts/browser.ts'
import type { EstimatePage } from './estimate/page.ts'
import { median } from './statistics.ts'

declare global {
  var estimatePage: EstimatePage
}

const PAGE = '<!doctype html><script type="module" src="./page.js"></script>'

/** Milliseconds, by the number of nodes. */
const BUDGETS = {
  1000: { cold: 100, started: 100, warm: 16, firstChange: 16, changed: 16 },
  /** A large workflow of a person, which is estimated at each change. */
  100: { cold: 100, started: 100, warm: 16, firstChange: 16, changed: 2 },
} as const
const NAMES = {
  cold: 'cold, with the start of the worker',
  started: 'cold, in a worker that has started',
  warm: 'nothing has changed',
  firstChange: 'the first change of a widget',
  changed: 'each later change of a widget',
} as const
/** How often the widget changes. */
const CHANGES = 21
/** The limit for one expression, and a new worker for the next. */
const UNKNOWN_BUDGET = 100
const LONG_TASK = 50

const EXPLOSIONS = {
  'a loop': '($f := function($n){$f($n + 1)}; $f(0))',
  'a recursion': '($f := function($n){1 + $f($n + 1)}; $f(0))',
  '100,000,000 rounds': '$sum([1..100000000])',
  'a huge text': '{"usd": $length($pad("", 100000000, "x"))}',
  'a search without an end': `$match("${'a'.repeat(40)}b", /^(a+)+$/)`,
} as const

export async function benchEstimate(rounds: number): Promise<void> {
  const outDir = await mkdtemp(join(tmpdir(), 'credits-bench-estimate-'))
  await buildPage(outDir)
  const server = await preview({
    configFile: false,
    logLevel: 'silent',
    build: { outDir },
    preview: { port: 0, host: '127.0.0.1' },
  })
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    const url = server.resolvedUrls?.local[0]
    if (!url) throw new Error('The page has no address.')
    const context = await browser.newContext()
    await context.addInitScript(TSX_HELPER)
    const open = async () => {
      const page = await context.newPage()
      await page.goto(url)
      await page.waitForFunction(() => 'estimatePage' in globalThis)
      return page
    }
    const isHeld = [
      await measureTimes(open, rounds, 1000),
      await measureTimes(open, rounds, 100),
      await measureExplosions(await open()),
    ]
    if (!isHeld.every(Boolean)) process.exitCode = 1
  } finally {
    await browser.close()
    await server.close()
    await rm(outDir, { recursive: true })
  }
}

/** As a library, like the extension: its worker must not become part of the page's own script. */
async function buildPage(outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: fileURLToPath(new URL('estimate', import.meta.url)),
    base: './',
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: true,
      minify: true,
      lib: { entry: 'page.ts', formats: ['es'], fileName: 'page' },
    },
    worker: { format: 'es' },
  })
  await writeFile(join(outDir, 'index.html'), PAGE)
}

async function measureTimes(
  open: () => Promise<Page>,
  rounds: number,
  nodes: keyof typeof BUDGETS,
): Promise<boolean> {
  const budgets = BUDGETS[nodes]
  const all: Record<keyof typeof budgets, number>[] = []
  for (let round = 0; round < rounds; round += 1) {
    const page = await open()
    const { later, unknown, ...times } = await page.evaluate(
      ([count, changes]) => globalThis.estimatePage.measure(count, changes),
      [nodes, CHANGES] as const,
    )
    // A price list that waits for the processor for 50 ms counts as one that does not end.
    if (unknown > 0) console.log(`  A busy machine left ${unknown} prices unknown.`)
    await page.close()
    const other = await open()
    const started = await other.evaluate(
      (count) => globalThis.estimatePage.measureStarted(count),
      nodes,
    )
    await other.close()
    all.push({ ...times, changed: median(later), started })
  }
  console.log(`${nodes.toLocaleString('en')} partner nodes, median of ${rounds} pages:`)
  const isHeld = Object.entries(budgets).map(([name, budget]) => {
    const times = all.map((one) => one[name as keyof typeof budgets])
    const what = NAMES[name as keyof typeof budgets]
    return report(`${what} (fastest: ${Math.min(...times).toFixed(1)} ms)`, median(times), budget)
  })
  return isHeld.every(Boolean)
}

async function measureExplosions(page: Page): Promise<boolean> {
  console.log('Until the price of an expression that does not end is unknown:')
  let isWell = true
  for (const [name, expression] of Object.entries(EXPLOSIONS)) {
    const result = await page.evaluate((one) => globalThis.estimatePage.explode(one), expression)
    const { untilUnknown, failure, longestTask, isWellAfter } = result
    isWell = report(`${name} (${failure})`, untilUnknown, UNKNOWN_BUDGET) && isWell
    isWell = report('  the page was busy for', longestTask, LONG_TASK) && isWell
    if (!isWellAfter) throw new Error(`Nothing is answered after ${name}.`)
  }
  return isWell
}

function report(name: string, time: number, budget: number): boolean {
  const isHeld = time <= budget
  const verdict = isHeld ? '' : ': over its budget'
  console.log(
    `  ${name.padEnd(58)} ${time.toFixed(1).padStart(7)} ms (at most ${budget})${verdict}`,
  )
  return isHeld
}
