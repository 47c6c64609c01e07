import type { Page } from 'playwright-core'
import { forbidOutside } from '../../tests/support/pages/api-nodes-off.ts'
import {
  creditsPanel,
  openComfy,
  openCredits,
  openTab,
  tabPanel,
} from '../../tests/support/pages/comfy.ts'
import { runsFile } from '../../tests/support/pages/import-runs.ts'
import { manyRuns } from '../../tests/support/builders/many-runs.ts'
import { enter, openPanel, type Session } from './session.ts'
import { all, both, bySystem } from './views.ts'

/** Enough that the import still goes on while it is captured. */
const RUNS = 40_000

const RETURN_PAGE = '/extensions/comfyui-credits/return.html'

/** What few people ever see: the settings, API nodes turned off, the return page. */
export async function misc(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  await openPanel(page)
  await about(page, session)
  await apiNodesOff(page, session)
  for (const outcome of ['success', 'cancelled']) {
    await page.goto(`${session.sandbox.urls.comfyui}${RETURN_PAGE}?checkout=${outcome}`)
    await session.capture(page, `returned-${outcome}`, bySystem)
  }
  await page.context().close()
}

async function about(page: Page, { capture }: Session): Promise<void> {
  await openTab(page, 'Settings')
  const section = tabPanel(page, 'Settings')
  const remove = section.getByRole('button', { name: 'Delete local data' })
  await remove.scrollIntoViewIfNeeded()
  await capture(page, 'about', all)
  await remove.click()
  await section.getByRole('alert').scrollIntoViewIfNeeded()
  await capture(page, 'about-delete', both)
  await section.getByRole('button', { name: 'Cancel' }).click()
  await importRuns(page, { capture })
}

/** A long import, and a limit below what is stored. */
async function importRuns(page: Page, { capture }: Pick<Session, 'capture'>): Promise<void> {
  const section = tabPanel(page, 'Settings')
  const file = section.getByLabel('File', { exact: true })
  await file.setInputFiles(await runsFile([...manyRuns(RUNS, { callsEach: 1 })]))
  const start = section.getByRole('button', { name: 'Import anyway', exact: true })
  await start.scrollIntoViewIfNeeded()
  await capture(page, 'about-other-account', all)
  await start.click()
  await section.getByRole('progressbar').waitFor()
  await capture(page, 'about-importing', both)
  await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0.1)
  await section.getByRole('button', { name: 'Stop' }).click()
  await file.waitFor()
  await capture(page, 'about-stopped', both)
  await section.getByLabel('At most').selectOption({ label: '1,000 runs' })
  await section.getByRole('alert').scrollIntoViewIfNeeded()
  await capture(page, 'about-store-less', all)
}

async function apiNodesOff(page: Page, { sandbox, capture }: Session): Promise<void> {
  await forbidOutside(page)
  await openComfy(page, sandbox.urls.comfyui)
  await openCredits(page)
  await creditsPanel(page)
    .getByText('ComfyUI was started with --disable-api-nodes')
    .first()
    .waitFor({ timeout: 60_000 })
  await capture(page, 'api-nodes-off', both)
}
