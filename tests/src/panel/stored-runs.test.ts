import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../../src/host/port.ts'
import { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import { savedFiles } from '../support/saved-files.ts'
import { storeRuns } from '../support/store-runs.ts'
import { balanceStatus, button, find, panelTests, rows, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
const FIRST = { id: 'token:first', login: 'token' } as const
const SECOND = { id: 'token:second', login: 'token' } as const
const DAY_MS = 24 * 3_600_000

beforeAll(() => import('../../../src/about/SettingsTab.vue'))
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** Of the first account, two a day. */
const keep = (count: number) => storeRuns(FIRST.id, count, DAY_MS / 2)

async function openAbout(account: Account = FIRST): Promise<OpenPanel> {
  const panel = open({ account, tab: 'settings' })
  await vi.waitFor(() => button('Save as a file'))
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
  return panel
}

const about = (): string => find('.cc-about').textContent
const kept = (): string => find('.cc-about-size').textContent
const said = (): string =>
  [...document.querySelectorAll('.cc-about [role=status]')].map((one) => one.textContent).join('')

function choose(label: string, text: string): void {
  const option = [...selectOf(label).options].find((each) => each.textContent.trim() === text)
  if (!option) throw new Error(`No ${text} in ${about()}`)
  selectOf(label).value = option.value
  option.selected = true
  selectOf(label).dispatchEvent(new Event('change'))
}

function fieldOf(label: string): HTMLElement {
  const labels = [...document.querySelectorAll('label')]
  const id = labels.find((each) => each.textContent.trim() === label)?.htmlFor
  return find(`[id="${id}"]`)
}

function selectOf(label: string): HTMLSelectElement {
  const found = fieldOf(label)
  if (!(found instanceof HTMLSelectElement)) throw new Error(`No choice ${label}`)
  return found
}

function give(file: Blob): void {
  const input = fieldOf('File')
  Object.defineProperty(input, 'files', { configurable: true, value: [file] })
  input.dispatchEvent(new Event('change'))
}

describe('what is stored of runs', () => {
  it('is shown: how many, since when and about how much', async () => {
    await keep(40)
    await openAbout()
    await vi.waitFor(() => expect(kept()).toMatch(/^This account: 40 runs since .+ about 0\.1 MB/))
  })

  it('of another person is none of mine', async () => {
    await keep(40)
    const { host } = await openAbout(SECOND)
    await vi.waitFor(() => expect(kept()).toBe('This account: no runs yet.'))
    host.logout()
    await vi.waitFor(() => expect(document.body.textContent).not.toContain('40'))
  })

  it('is less when the person chooses so, who is asked before anything is deleted', async () => {
    await keep(80)
    await openAbout()
    choose('Keep', '365 days')
    await vi.waitFor(() => expect(said()).toBe('Saved'))
    choose('Keep', '30 days')
    await vi.waitFor(() =>
      expect(about()).toMatch(/\D2\d runs of the accounts used here are beyond this limit/),
    )
    expect(document.activeElement).toBe(button('Cancel'))
    button('Cancel').click()
    await vi.waitFor(() =>
      expect(selectOf('Keep').selectedOptions[0]?.textContent).toContain('365'),
    )
    choose('Keep', '30 days')
    await vi.waitFor(() => button('Delete'))
    button('Delete').click()
    await vi.waitFor(() => expect(kept()).toMatch(/This account: [56]\d runs since/))
    expect(localStorage.getItem('comfyui-credits:retention:')).toBe('{"runs":100000,"days":30}')
    const runArchive = new DatabaseRunArchive()
    const { since } = await runArchive.size(FIRST.id)
    runArchive.close()
    expect(since).toBeGreaterThan(Date.now() - 30 * DAY_MS - 60_000)
  })

  it('is saved as a file, which another browser reads', async () => {
    const files = savedFiles()
    await keep(40)
    const { credits } = await openAbout()
    await vi.waitFor(() => expect(button('Save as a file').disabled).toBe(false))
    button('Save as a file').click()
    await vi.waitFor(() => expect(said()).toBe('40 runs saved.'))
    const [{ name, file } = { name: '', file: new Blob() }] = files
    expect(name).toMatch(/^comfyui-credits-runs-\d{4}-\d\d-\d\d\.json$/)
    button('Delete local data').click()
    await vi.waitFor(() => button('Delete'))
    button('Delete').click()
    await vi.waitFor(() => expect(kept()).toBe('This account: no runs yet.'))
    give(file)
    await vi.waitFor(() => expect(said()).toContain('40 runs imported, 40 of them new.'))
    await vi.waitFor(() => expect(kept()).toContain('40 runs'))
    await credits.enter('history')
    await vi.waitFor(() => expect(rows('run')).toHaveLength(40))
    give(file)
    await vi.waitFor(() => expect(said()).toContain('40 runs imported, 0 of them new.'))
  })

  it('of other credits is read only where the person says so', async () => {
    const files = savedFiles()
    await keep(3)
    const { credits } = await openAbout()
    await vi.waitFor(() => expect(button('Save as a file').disabled).toBe(false))
    button('Save as a file').click()
    await vi.waitFor(() => expect(files).toHaveLength(1))
    credits.dispose()
    document.body.replaceChildren()
    await openAbout(SECOND)
    const file = files[0]?.file ?? new Blob()
    give(file)
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Cancel')))
    button('Cancel').click()
    await vi.waitFor(() => expect(about()).not.toContain('belongs to another account'))
    await vi.waitFor(() => expect(kept()).toBe('This account: no runs yet.'))
    give(file)
    await vi.waitFor(() => button('Import anyway'))
    button('Import anyway').click()
    await vi.waitFor(() => expect(said()).toContain('3 runs imported, 3 of them new.'))
  })

  it('is none in a file that is something else, which is said', async () => {
    await openAbout()
    give(new Blob(['a picture']))
    await vi.waitFor(() => expect(said()).toContain('it is not JSON'))
  })

  it('cannot be read where the browser keeps nothing, which is said', async () => {
    Reflect.deleteProperty(window, 'indexedDB')
    // The console has the reason.
    const reported = vi.fn<(error: unknown) => void>()
    vi.stubGlobal('reportError', reported)
    await openAbout()
    await vi.waitFor(() => expect(kept()).toContain('does not let this page read'))
    give(new Blob(['{"format":"comfyui-credits-runs","version":1,"purse":"","entries":[\n]}']))
    await vi.waitFor(() => button('Import anyway'))
    button('Import anyway').click()
    await vi.waitFor(() => expect(said()).toContain('Not everything could be stored'))
    expect(reported).toHaveBeenCalledOnce()
  })
})
