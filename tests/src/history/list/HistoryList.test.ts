import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { DatabaseRunArchive } from '../../../../src/run-archive/database.ts'
import { button, find, panelTests } from '../../support/panel.ts'
import { savedFiles } from '../../support/saved-files.ts'
import { storeRuns } from '../../support/store-runs.ts'

const open = panelTests()
beforeAll(() => import('../../../../src/history/export/HistoryExport.vue'), 60_000)
beforeAll(() => import('../../../../src/history/export/csv.ts'), 60_000)

const ACCOUNT = { id: 'token:first', login: 'token' } as const
/** More than the list reads of the newest, of an account that lists no events of them. */
const STORED = 320

beforeEach(() => storeRuns(ACCOUNT.id, STORED, 60_000))
afterEach(() => vi.restoreAllMocks())

const sums = () => find('.cc-result p').textContent

/** A browser that reads all runs, or fails to, once it is let. */
function slowBrowser() {
  let decide: (what: 'read' | 'fail') => void = () => {}
  const decision = new Promise<'read' | 'fail'>((resolve) => {
    decide = resolve
  })
  async function follow(read: () => void, fail: () => void): Promise<void> {
    if ((await decision) === 'read') read()
    else fail()
  }
  // oxlint-disable-next-line typescript/unbound-method -- called with its archive
  const real = DatabaseRunArchive.prototype.followAll
  vi.spyOn(DatabaseRunArchive.prototype, 'followAll').mockImplementation(function (
    this: DatabaseRunArchive,
    ...given: Parameters<typeof real>
  ) {
    void follow(
      () => real.apply(this, given),
      () => given[2](new DOMException('lost', 'UnknownError')),
    )
  })
  return { goOn: (): void => decide('read'), fail: (): void => decide('fail') }
}

describe('sums of which older runs are not a part', () => {
  it('say so while the browser still reads them, and no longer than that', async () => {
    const browser = slowBrowser()
    open({ account: ACCOUNT, tab: 'history' })
    await vi.waitFor(() => expect(sums()).toMatch(/^30\d entries · .*older runs are still being/))
    browser.goOn()
    await vi.waitFor(() => expect(sums()).toContain(`${STORED} entries`), { timeout: 10_000 })
    expect(sums()).not.toContain('older runs')
  })

  it('say so where the browser cannot read them, and no file seems to be whole', async () => {
    const files = savedFiles()
    const browser = slowBrowser()
    open({ account: ACCOUNT, tab: 'history' })
    await vi.waitFor(() => expect(sums()).toContain('older runs are still being read'))
    browser.fail()
    await vi.waitFor(() =>
      expect(sums()).toMatch(/^30\d entries · .*older runs could not be read$/),
    )
    button('Export').click()
    await vi.waitFor(() => button('Save as CSV'))
    button('Save as CSV').click()
    await vi.waitFor(() =>
      expect(find('.cc-out [role=status]').textContent).toContain('nothing was saved'),
    )
    button('Save what is loaded').click()
    await vi.waitFor(() => expect(files).toHaveLength(1), { timeout: 15_000 })
    expect(files[0]?.name).toMatch(/-part\.csv$/)
  })

  it('are named as the least on the overview', async () => {
    const browser = slowBrowser()
    open({ account: ACCOUNT, tab: 'overview' })
    await vi.waitFor(() => expect(find('.cc-spending-figures').textContent).toContain('at least'))
    browser.goOn()
    await vi.waitFor(
      () => expect(find('.cc-spending-figures').textContent).not.toContain('at least'),
      { timeout: 10_000 },
    )
  })
})
