/**
 * Does our extension slow ComfyUI's start? Measures the time until the app is ready, with ours and with
 * an empty extension, in pairs one after the other, and the time the browser spends on our entry's own
 * code. Nobody is logged in: an extension must then cost the host almost nothing.
 */
import process from 'node:process'
import type { Page } from 'playwright-core'
import { ensureExtension } from '../build/extension.ts'
import { readHosts } from '../scripts/hosts.ts'
import { newProfile } from './outside.ts'
import { inTurns, openRivals, type Rivals } from './rivals.ts'
import { formatRatio, median, pairedRatio } from './statistics.ts'

const ENTRY_LOADS = 10
/** Limit for boot with ours ÷ boot with an empty extension. Broken if the whole interval is above. */
const RATIO_LIMIT = 1.05
/** Limit for the entry's own code ÷ time to a ready app: a ratio fits every machine. */
const ENTRY_SHARE_LIMIT = 0.003

/** Runs in the page before anything else: notes when the app is ready, looking every 4 ms. */
function watchForReady(): void {
  const look = () => {
    const app = window.comfyAPI?.app.app
    const canvas = document.querySelector('#graph-canvas')
    if (canvas && app?.extensionManager && (app.graph?.nodes?.length ?? 0) > 0) {
      performance.mark('bench-ready')
    } else {
      setTimeout(look, 4)
    }
  }
  look()
}

/** Milliseconds from navigation to ready, in a new profile with an empty cache. */
async function bootTime({ browser, ...rivals }: Rivals, rival: 'ours' | 'stock'): Promise<number> {
  const context = await newProfile(browser, rivals[rival], { milliseconds: 0 })
  await context.addInitScript(watchForReady)
  const page = await context.newPage()
  await page.goto(rivals[rival].urls.comfyui)
  const time = await markTime(page, 'bench-ready')
  await context.close()
  return time
}

async function markTime(page: Page, name: string): Promise<number> {
  const handle = await page.waitForFunction(
    (mark) => performance.getEntriesByName(mark)[0]?.startTime,
    name,
  )
  return (await handle.jsonValue()) ?? Number.NaN
}

interface EntryLoad {
  /** Milliseconds that the entry's own code ran; its imports run before the first mark. */
  readonly entry: number
  /** Milliseconds from navigation to ready, on the same page. */
  readonly ready: number
}

async function entryLoad({ browser, ours }: Rivals): Promise<EntryLoad> {
  const context = await newProfile(browser, ours, { milliseconds: 0 })
  await context.addInitScript(watchForReady)
  const page = await context.newPage()
  await page.route('**/credits.js', async (route) => {
    const answer = await route.fetch()
    const code = await answer.text()
    await route.fulfill({
      response: answer,
      body: `performance.mark('entry-start');${code};performance.mark('entry-end')`,
    })
  })
  await page.goto(ours.urls.comfyui)
  const end = await markTime(page, 'entry-end')
  const start = await markTime(page, 'entry-start')
  const ready = await markTime(page, 'bench-ready')
  await context.close()
  return { entry: end - start, ready }
}

async function benchmark(version: string, pairCount: number): Promise<boolean> {
  const rivals = await openRivals(version)
  try {
    await inTurns(1, (rival) => bootTime(rivals, rival)) // The first of each warms the disk.
    const pairs = await inTurns(pairCount, (rival) => bootTime(rivals, rival))
    const loads: EntryLoad[] = []
    for (let load = 0; load < ENTRY_LOADS; load += 1) loads.push(await entryLoad(rivals))
    return report(version, pairs, loads)
  } finally {
    await rivals.close()
  }
}

function report(
  version: string,
  pairs: readonly { ours: number; stock: number }[],
  loads: readonly EntryLoad[],
): boolean {
  const ratio = pairedRatio(pairs.map(({ ours, stock }) => [ours, stock] as const))
  const entry = median(loads.map((load) => load.entry))
  const share = median(loads.map((load) => load.entry / load.ready))
  const budgets = [ratio.low <= RATIO_LIMIT, share <= ENTRY_SHARE_LIMIT] as const
  const [boot, own] = budgets.map((held) => (held ? 'held' : 'NOT HELD'))
  const ours = median(pairs.map((pair) => pair.ours))
  const stock = median(pairs.map((pair) => pair.stock))
  console.log(
    [
      `ComfyUI frontend ${version}, ${pairs.length} pairs:`,
      `  ready with ours ${ours.toFixed(0)} ms, with an empty extension ${stock.toFixed(0)} ms (medians)`,
      `  ours / empty ${formatRatio(ratio)}, at most ${RATIO_LIMIT} within its interval: ${boot}`,
      `  our entry's own code ${entry.toFixed(2)} ms, ${percent(share)} of the time to ready, ` +
        `at most ${percent(ENTRY_SHARE_LIMIT)}: ${own}`,
    ].join('\n'),
  )
  return budgets.every(Boolean)
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`

export async function benchBoot(pairs: number): Promise<void> {
  await ensureExtension()
  for (const version of readHosts(process.env['HOSTS'])) {
    if (!(await benchmark(version, pairs))) process.exitCode = 1
  }
}
