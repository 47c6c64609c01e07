import type { Page } from 'playwright-core'
import { forbidOutside } from '../../tests/e2e/support/api-nodes-off.ts'
import { creditsPanel, openComfy, openCredits } from '../../tests/e2e/support/comfy.ts'
import { runsFile } from '../../tests/e2e/support/import-runs.ts'
import { manyRuns } from '../../tests/src/support/many-runs.ts'
import { enter, openPanel, type Studio } from './studio.ts'
import { all, both, bySystem } from './views.ts'

/** More than are read while they are looked at. */
const RUNS = 40_000

const RETURN_PAGE = '/extensions/comfyui-credits/return.html'

/** What few people ever see. */
export async function aside(studio: Studio): Promise<void> {
  const page = await enter(studio, 'user@example.com')
  await openPanel(page)
  await about(page, studio)
  await apiNodesOff(page, studio)
  for (const outcome of ['success', 'cancelled']) {
    await page.goto(`${studio.sandbox.urls.comfyui}${RETURN_PAGE}?checkout=${outcome}`)
    await studio.shoot(page, `returned-${outcome}`, bySystem)
  }
  await page.context().close()
}

async function about(page: Page, { shoot }: Studio): Promise<void> {
  const section = creditsPanel(page).getByRole('region', { name: 'About this panel' })
  await section.locator('summary').click()
  const remove = section.getByRole('button', { name: 'Delete stored data' })
  await remove.scrollIntoViewIfNeeded()
  await shoot(page, 'about', all)
  await remove.click()
  await section.getByRole('alert').scrollIntoViewIfNeeded()
  await shoot(page, 'about-delete', both)
  await section.getByRole('button', { name: 'Keep it' }).click()
  await kept(page, { shoot })
}

/** Reading a file that takes its time, and keeping less of what it brought. */
async function kept(page: Page, { shoot }: Pick<Studio, 'shoot'>): Promise<void> {
  const section = creditsPanel(page).getByRole('region', { name: 'About this panel' })
  const file = section.getByLabel('File', { exact: true })
  await file.setInputFiles(await runsFile([...manyRuns(RUNS, { callsEach: 1 })]))
  const goOn = section.getByRole('button', { name: 'Read it', exact: true })
  await goOn.scrollIntoViewIfNeeded()
  await shoot(page, 'about-other-purse', all)
  await goOn.click()
  await section.getByRole('progressbar').waitFor()
  await shoot(page, 'about-reading', both)
  await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0.1)
  await section.getByRole('button', { name: 'Stop' }).click()
  await file.waitFor()
  await shoot(page, 'about-stopped', both)
  await section.getByLabel('At most').selectOption({ label: '1,000 runs' })
  await section.getByRole('alert').scrollIntoViewIfNeeded()
  await shoot(page, 'about-keep-less', all)
}

async function apiNodesOff(page: Page, { sandbox, shoot }: Studio): Promise<void> {
  await forbidOutside(page)
  await openComfy(page, sandbox.urls.comfyui)
  await openCredits(page)
  await creditsPanel(page)
    .getByText('ComfyUI was started with --disable-api-nodes')
    .first()
    .waitFor({ timeout: 60_000 })
  await shoot(page, 'api-nodes-off', both)
}
