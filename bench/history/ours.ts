import type { BrowserContext, Page } from 'playwright-core'
import { closeSettings } from '../../tests/support/pages/comfy.ts'
import type { Rivals } from '../rivals.ts'
import { openAbout, openSettled } from './host-page.ts'
import type { Samples } from './measures.ts'
import { actToPaint, heapOf } from './paint.ts'
import { RUNS } from './runs.ts'
import { measureUse } from './use.ts'

const READ_ALL_MS = 120_000
const EVENT_TURNS = 5

const ENTRY = '[data-nav-id="root/credits"]'
const TABLE = '.comfyui-credits table'
const FIELD = '.comfyui-credits .cc-search input'
/** Identifies the drawn rows. Their texts also change with the time. */
const ROWS = `[...document.querySelectorAll('${TABLE} tr[data-kind]')].map((row) => row.dataset.line).join()`

/** `stock` opens the same page without us, to measure the difference. */
export async function measureOurs(
  context: BrowserContext,
  { ours, stock }: Rivals,
  plainContext: BrowserContext,
): Promise<Samples> {
  const page = await openSettled(context, ours.urls.comfyui)
  const plain = await openSettled(plainContext, stock.urls.comfyui)
  await openAbout(page, ENTRY)
  const opening = await actToPaint(
    page,
    `document.querySelector('${ENTRY}').click()`,
    `document.querySelector('${TABLE} tr[data-kind="run"]') !== null`,
  )
  await waitForAll(page)
  const use = await measureUse(page, { table: TABLE, field: FIELD, rows: ROWS })
  const heap = (await heapOf(page)) - (await heapOf(plain))
  await closeSettings(page)
  const recording: number[] = []
  for (let turn = 0; turn < EVENT_TURNS; turn += 1)
    recording.push((await eventTime(page)) - (await eventTime(plain)))
  await Promise.all([page.close(), plain.close()])
  return {
    'click to first rows': [opening],
    ...use,
    'heap beyond the same page without': [heap],
    'recording one event': recording,
  }
}

async function waitForAll(page: Page): Promise<void> {
  await page.waitForFunction(
    ([table, count]) =>
      Number(document.querySelector(table)?.getAttribute('aria-rowcount')) >= count,
    [TABLE, RUNS] as const,
    { timeout: READ_ALL_MS },
  )
}

/** The events of a run; the host gets the same with and without us. */
function eventTime(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const COUNT = 400
    const module: unknown = await import(/* @vite-ignore */ '/scripts/api.js' as string)
    const { api } = module as { api: EventTarget }
    const send = (type: string, detail: unknown) =>
      api.dispatchEvent(new CustomEvent(type, { detail }))
    send('execution_start', { prompt_id: 'bench' })
    send('executing', '1')
    const start = performance.now()
    for (let index = 0; index < COUNT; index += 1) {
      send('progress_text', {
        nodeId: '1',
        text: `Status: Completed\nPrice: ${index % 90}.25 credits\nTime elapsed: ${index}s`,
      })
      // Its immediate effects are part of it.
      await Promise.resolve()
    }
    const time = (performance.now() - start) / COUNT
    send('execution_success', { prompt_id: 'bench' })
    return time
  })
}
