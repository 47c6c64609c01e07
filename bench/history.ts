/**
 * How fast is the history with 100,000 runs and 300,000 calls in the page's database? Measured in
 * ComfyUI's newest frontend, logged in, on one machine in one run: the time from the click on the entry
 * to the first rows, from a filter or an order to its rows, frames while scrolling, heap, and the cost
 * of recording one event beside the same page without us. The rivals are ComfyUI's own list, whose rows
 * come over the network from a service that answers at once, and a plain PrimeVue DataTable with the
 * same rows. Fails if ours exceeds a budget.
 */
import process from 'node:process'
import { ensureExtension } from '../build/extension.ts'
import { NEWEST_FRONTEND } from '../sandbox/frontend/versions.ts'
import { openCredits } from '../tests/support/pages/comfy.ts'
import { buildTablePage, measureTable } from './history/data-table.ts'
import { fillAccount, fillDatabase, placeOf, RUNS_TOLD, USER } from './history/fill.ts'
import { openSettled } from './history/host-page.ts'
import { LISTS, reportOf, type List, type Round, type Samples } from './history/measures.ts'
import { measureOurs } from './history/ours.ts'
import { CALLS_EACH, RUNS } from './history/runs.ts'
import { measureStock } from './history/stock.ts'
import { loginOf, newProfile } from './outside.ts'
import { openRivals, type Rivals } from './rivals.ts'

/** Like a person of either who has logged in before. */
async function profileOf({ browser, ...rivals }: Rivals, rival: 'ours' | 'stock') {
  const login = await loginOf(browser, rivals[rival], USER.email)
  return newProfile(browser, rivals[rival], { milliseconds: 0 }, login)
}

async function benchmark(rounds: number): Promise<boolean> {
  const newestAt = Date.now()
  const rivals = await openRivals(NEWEST_FRONTEND, (dataDir) => fillAccount(dataDir, newestAt))
  try {
    const context = await profileOf(rivals, 'ours')
    const stock = await profileOf(rivals, 'stock')
    const first = await openSettled(context, rivals.ours.urls.comfyui)
    await openCredits(first)
    await fillDatabase(first, await placeOf(first), newestAt)
    await first.close()
    // Here, because it sets NODE_ENV, and the sandboxes have theirs by now.
    const script = await buildTablePage()
    const measure: Record<List, () => Promise<Samples>> = {
      ours: () => measureOurs(context, rivals, stock),
      stock: () => measureStock(stock, rivals.stock.urls.comfyui),
      table: () => measureTable(rivals.browser, script),
    }
    const results: Round[] = []
    for (let round = 0; round < rounds; round += 1) {
      const result: Record<List, Samples> = { ours: {}, stock: {}, table: {} }
      for (const list of round % 2 === 0 ? LISTS : LISTS.toReversed())
        result[list] = await measure[list]()
      results.push(result)
    }
    const { lines, held } = reportOf(results)
    console.log(lines.join('\n'))
    return held
  } finally {
    await rivals.close()
  }
}

export async function benchHistory(rounds: number): Promise<void> {
  await ensureExtension()
  const count = (number: number) => number.toLocaleString('en')
  console.log(
    [
      `ComfyUI frontend ${NEWEST_FRONTEND}, ${rounds} pages of each list.`,
      `ours: ${count(RUNS)} runs with ${count(RUNS * CALLS_EACH)} calls in the page's database.`,
      `stock: its Activity, 7 events a page of an account with ${count(RUNS_TOLD)} runs; API: 0 ms.`,
      `DataTable: PrimeVue's, virtual, with the same ${count(RUNS)} rows, which are in memory before`,
      '  the click. Without virtual scrolling it draws all: with 1,000 rows in the last line, and',
      `  with ${count(RUNS)} in at least ${RUNS / 1000} times that, so that was not tried.`,
      'A page further is Next in stock and scrolling by a screen in the others.',
    ].join('\n'),
  )
  if (!(await benchmark(rounds))) process.exitCode = 1
}
