import type { BrowserContext } from 'playwright-core'
import { openAbout, openSettled } from './host-page.ts'
import type { Samples } from './measures.ts'
import { actToOtherRows, actToPaint, textsOf } from './paint.ts'

const PAGES = 5
const ENTRY = '[data-nav-id="workspace"]'
const ROW = '[role="dialog"] tbody tr'

/** Code for a button of the dialog, by its label. */
const button = (text: string) =>
  `[...document.querySelectorAll('[role="dialog"] button')].find((one) => one.textContent.trim() === '${text}')`

/**
 * The newest ComfyUI's own list: the account's events, 7 a page, behind a tab of the entry's page.
 * The tab is clicked in the frame in which it appears. Nobody is that fast, but we must not win by it.
 */
export async function measureStock(context: BrowserContext, url: string): Promise<Samples> {
  const page = await openSettled(context, url)
  await openAbout(page, ENTRY)
  const opening = await actToPaint(
    page,
    `document.querySelector('${ENTRY}').click()
     const goOn = () => {
       const tab = ${button('Activity')}
       if (tab) tab.click()
       else requestAnimationFrame(goOn)
     }
     goOn()`,
    `document.querySelector('${ROW}') !== null`,
  )
  const further: number[] = []
  for (let turn = 0; turn < PAGES; turn += 1)
    further.push(await actToOtherRows(page, `${button('Next')}.click()`, textsOf(ROW)))
  await page.close()
  return { 'click to first rows': [opening], 'a page further to rows': further }
}
