import type { Page } from 'playwright-core'
import { runCommand } from '../../tests/support/pages/comfy.ts'
import { drawWorkflow, type NodePlan } from '../../tests/support/pages/workflow.ts'
import { enter, type Session } from './session.ts'
import { both } from './views.ts'

const button = (page: Page) => page.locator('button[aria-label^="Estimated cost"]')
const details = (page: Page) => page.getByRole('dialog', { name: 'Estimated cost' })

/** Images whose price is known, a film within a range, and a chat that names no amount. */
const nodes = (prompt: string): NodePlan[] => [
  { type: 'SampleImage', widgets: { prompt, quality: 'high', n: 2 } },
  { type: 'SampleVideoFromImage', widgets: { prompt }, from: { image: 0 } },
  { type: 'SampleChat', widgets: { prompt, model: 'lexis-large' } },
  { type: 'SampleImageUltra', widgets: { prompt } },
  { type: 'PreviewImage', from: { images: 0 } },
  { type: 'PreviewImage', from: { images: 1 } },
  { type: 'PreviewAny', from: { source: 2 } },
  { type: 'PreviewImage', from: { images: 3 } },
]

/** The popover beside Run: by price lists alone, and with what a run has cost. */
export async function estimate(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  await drawWorkflow(page, nodes('A teapot in the sun'))
  await open(page, session, 'estimate-listed', 'Fixed price')
  const ended = untilSuccess(page)
  await runCommand(page, 'Comfy.QueuePrompt')
  await ended
  await drawWorkflow(page, nodes('A teapot in the rain'))
  await overprice(page)
  await open(page, session, 'estimate-learnt', 'Price list says')
  await page.context().close()
}

const untilSuccess = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const { app } = window as unknown as { readonly app: { readonly api: EventTarget } }
        app.api.addEventListener('execution_success', () => resolve(), { once: true })
      }),
  )

/** From now on the price list of one node says half of what was charged. */
function overprice(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { LiteGraph } = window as unknown as {
      readonly LiteGraph: {
        readonly registered_node_types: Record<string, { nodeData: { price_badge: object } }>
      }
    }
    const type = LiteGraph.registered_node_types['SampleImageUltra']
    if (!type) throw new Error('This ComfyUI has no such node')
    const badge = { ...type.nodeData.price_badge, expr: '{"type": "usd", "usd": 0.03}' }
    type.nodeData = { ...type.nodeData, price_badge: badge }
  })
}

async function open(page: Page, { capture }: Session, state: string, words: string): Promise<void> {
  await page.keyboard.press('Shift')
  await button(page).click()
  await details(page).getByText(words).first().waitFor()
  await capture(page, state, both)
  await button(page).click()
  await details(page).waitFor({ state: 'detached' })
}
