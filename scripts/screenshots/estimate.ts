import { drawWorkflow } from '../../tests/support/pages/workflow.ts'
import { enter, type Session } from './session.ts'
import { both } from './views.ts'

/** The popover beside Run: prices that are known, that lie within a range, and that are unknown. */
export async function estimate(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  await drawWorkflow(page, [
    { type: 'SampleImage', widgets: { quality: 'high', n: 2 } },
    { type: 'SampleVideoFromImage', from: { image: 0 } },
    { type: 'SampleChat', widgets: { model: 'lexis-large' } },
    { type: 'PreviewImage', from: { images: 0 } },
    { type: 'PreviewImage', from: { images: 1 } },
    { type: 'PreviewAny', from: { source: 2 } },
  ])
  await page.keyboard.press('Shift')
  await page.locator('button[aria-label^="Estimated cost"]').click()
  const details = page.getByRole('dialog', { name: 'Estimated cost' })
  await details.getByText('Fixed price').waitFor()
  await session.capture(page, 'estimate', both)
  await page.context().close()
}
