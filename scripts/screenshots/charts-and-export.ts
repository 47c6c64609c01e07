import type { Page } from 'playwright-core'
import { creditsPanel } from '../../tests/e2e/support/comfy.ts'
import { importRuns } from '../../tests/e2e/support/import-runs.ts'
import { manyRuns } from '../../tests/src/support/many-runs.ts'
import type { JudgedRun, Reading } from '../../src/usage/ledger/port.ts'
import { enter, openPanel, type Studio } from './studio.ts'
import { all, both } from './views.ts'

const RUNS = 400

/** Pictures of the history, and taking it out. */
export async function extras(studio: Studio): Promise<void> {
  const page = await enter(studio, 'user@example.com')
  await openPanel(page)
  const runs = [...manyRuns(RUNS, { callsEach: 1 })]
  await importRuns(page, runs, readingsOf(runs))
  const panel = creditsPanel(page)
  await panel.getByRole('button', { name: 'Pictures', exact: true }).click()
  const pictures = panel.getByRole('region', { name: 'Pictures' })
  await pictures.locator('canvas').first().waitFor()
  await pictures.scrollIntoViewIfNeeded()
  await studio.shoot(page, 'pictures', all)
  await pictures.getByRole('heading', { name: 'Balance' }).scrollIntoViewIfNeeded()
  await studio.shoot(page, 'pictures-below', both)
  const unpressed = pictures.locator('[aria-pressed="false"]')
  while ((await unpressed.count()) > 0) await unpressed.first().click()
  await pictures.getByRole('heading').first().scrollIntoViewIfNeeded()
  await studio.shoot(page, 'pictures-tables', all)

  await panel.getByRole('button', { name: 'Save or print' }).click()
  const out = panel.getByRole('group', { name: 'Take it with you' })
  await out.scrollIntoViewIfNeeded()
  await studio.shoot(page, 'out', both)
  const goOn = await holdPieces(page)
  await out.getByRole('button', { name: 'Save as CSV' }).click()
  await out.getByRole('progressbar').waitFor()
  await studio.shoot(page, 'out-working', both)
  await goOn()
  await out.getByText('Saved as').waitFor()
  await studio.shoot(page, 'out-saved', all)
  await page.context().close()
}

/** Each piece of a file takes long, and the next one waits until the returned function is called. */
async function holdPieces(page: Page): Promise<() => Promise<void>> {
  const held = await page.evaluateHandle(() => {
    const posts: (() => void)[] = []
    const { postMessage } = MessagePort.prototype
    const now = performance.now.bind(performance)
    let later = 0
    performance.now = () => now() + (later += 20)
    MessagePort.prototype.postMessage = function hold(this: MessagePort, message: unknown) {
      posts.push(() => postMessage.call(this, message))
    }
    return () => {
      MessagePort.prototype.postMessage = postMessage
      performance.now = now
      for (const post of posts) post()
    }
  })
  return () => held.evaluate((release) => release())
}

/** A purse that is filled when it is nearly empty. */
function readingsOf(runs: readonly JudgedRun[]): Reading[] {
  let usdMicros = 20_000_000
  return runs.toReversed().map(({ run, verdict }) => {
    usdMicros -= verdict?.usdMicros ?? 0
    if (usdMicros < 1_000_000) usdMicros += 25_000_000
    return { at: run.endedAt ?? run.startedAt, usdMicros }
  })
}
