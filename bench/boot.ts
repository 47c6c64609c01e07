/**
 * Does our extension make ComfyUI start slower? The time until the app is ready, with ours and with
 * an extension that does nothing, in pairs one after the other; and what the browser spends on our
 * entry's own code. Nobody is logged in: that is when an extension owes the host to be nearly nothing.
 */
import process from 'node:process'
import type { Page } from 'playwright-core'
import { ensureExtension } from '../build/extension.ts'
import { readHosts } from '../scripts/hosts.ts'
import { newProfile } from './outside.ts'
import { inTurns, openRivals, type Rivals } from './rivals.ts'
import { formatRatio, median, pairedRatio } from './statistics.ts'

const ENTRY_LOADS = 10
/** Short only when the whole interval lies above. */
const RATIO_LIMIT = 1.05
const ENTRY_LIMIT_MS = 5

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

/** Milliseconds that the entry's own code ran; its imports run before the first mark. */
async function entryTime({ browser, ours }: Rivals): Promise<number> {
  const context = await newProfile(browser, ours, { milliseconds: 0 })
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
  await context.close()
  return end - start
}

async function benchmark(version: string, pairCount: number): Promise<boolean> {
  const rivals = await openRivals(version)
  try {
    await inTurns(1, (rival) => bootTime(rivals, rival)) // The first of each warms the disk.
    const pairs = await inTurns(pairCount, (rival) => bootTime(rivals, rival))
    const entryTimes: number[] = []
    for (let load = 0; load < ENTRY_LOADS; load += 1) entryTimes.push(await entryTime(rivals))
    return report(version, pairs, median(entryTimes))
  } finally {
    await rivals.close()
  }
}

function report(
  version: string,
  pairs: readonly { ours: number; stock: number }[],
  entryMilliseconds: number,
): boolean {
  const ratio = pairedRatio(pairs.map(({ ours, stock }) => [ours, stock] as const))
  const quickEnough = ratio.low <= RATIO_LIMIT && entryMilliseconds <= ENTRY_LIMIT_MS
  const ours = median(pairs.map((pair) => pair.ours))
  const stock = median(pairs.map((pair) => pair.stock))
  console.log(
    [
      `ComfyUI frontend ${version}, ${pairs.length} pairs:`,
      `  ready with ours ${ours.toFixed(0)} ms, with an empty extension ${stock.toFixed(0)} ms (medians)`,
      `  paired ratio ${formatRatio(ratio)}; short when all of it is above ${RATIO_LIMIT}`,
      `  our entry's own code ${entryMilliseconds.toFixed(2)} ms; at most ${ENTRY_LIMIT_MS}`,
      `  ${quickEnough ? 'quick enough' : 'TOO SLOW'}`,
    ].join('\n'),
  )
  return quickEnough
}

export async function benchBoot(pairs: number): Promise<void> {
  await ensureExtension()
  for (const version of readHosts(process.env['HOSTS'])) {
    if (!(await benchmark(version, pairs))) process.exitCode = 1
  }
}
