import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ComfyApp } from '../../../src/host/comfy-types.ts'
import { isOn } from '../../../src/host/options.ts'
import { createSettingsEntry } from '../../../src/host/settings-entry.ts'
import { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import {
  oldPurchases,
  oldReadings,
  oldRuns,
  oldSettings,
  oldSummary,
  oldVerdictOf,
  RUN_COUNT,
  storeOldChoices,
  storeOldPurchaseOnDisk,
  storeOldPurchases,
  storeOldRunOfTwoNodes,
  storeOldRuns,
  unfinishedPurchase,
} from '../support/earlier-version.ts'
import { balanceStatus, find, panelTests, rows } from '../support/panel.ts'

const PERSON = 'token:person'
const open = panelTests()
beforeAll(() => import('../../../src/about/SettingsTab.vue'))

// Test files share a window, and one before this may have left its database.
beforeEach(() => {
  window.indexedDB = new IDBFactory()
})

const archives = new Set<DatabaseRunArchive>()
afterEach(() => {
  for (const archive of archives) archive.close()
  archives.clear()
})
function openArchive(): DatabaseRunArchive {
  const archive = new DatabaseRunArchive()
  archives.add(archive)
  return archive
}

async function allOf(archive: DatabaseRunArchive) {
  const all = { runs: [] as unknown[], verdicts: [] as unknown[], readings: [] as unknown[] }
  for await (const { runs, readings } of archive.entries(PERSON)) {
    all.runs.push(...runs.map(({ run }) => run))
    all.verdicts.push(...runs.map(({ verdict }) => verdict))
    all.readings.push(...readings)
  }
  return all
}

const oldContent = () => ({
  // What they put out nobody knew then.
  runs: oldRuns.map((run) => ({ ...run, output: null })),
  verdicts: oldRuns.map((_run, index) => oldVerdictOf(index)),
  readings: oldReadings,
})

describe('runs that d67b753 stored', () => {
  it('are all there, with their verdicts and balances', async () => {
    await storeOldRuns()
    const archive = openArchive()
    expect(await archive.size(PERSON)).toMatchObject({
      runs: RUN_COUNT,
      since: oldRuns[0]?.startedAt,
    })
    expect(await allOf(archive)).toEqual(oldContent())
    expect(await archive.read(PERSON, 'prompt-15')).toEqual({
      run: { ...oldRuns[15], output: null },
      verdict: oldVerdictOf(15),
    })
  })

  it('are summarised as they were, newest first', async () => {
    await storeOldRuns()
    const stop = new AbortController()
    const heard = vi.fn()
    openArchive().followAll(PERSON, heard, heard, stop.signal)
    await vi.waitFor(() => expect(heard).toHaveBeenCalled())
    stop.abort()
    expect(heard.mock.lastCall?.[0]).toEqual(
      oldRuns.map((_run, index) => ({ ...oldSummary(index), output: null })).toReversed(),
    )
  })

  it('of several nodes are summarised with what each cost from now on', async () => {
    await storeOldRunOfTwoNodes()
    const stop = new AbortController()
    const heard = vi.fn()
    openArchive().followAll(PERSON, heard, heard, stop.signal)
    await vi.waitFor(() => expect(heard).toHaveBeenCalled())
    stop.abort()
    const share = { model: null, certainty: 'proved', announcedCredits: 12.66 }
    expect(heard.mock.lastCall?.[0]).toEqual([
      expect.objectContaining({
        promptId: 'two',
        nodes: ['A', 'B'],
        shares: [
          { ...share, node: 'A', usdMicros: 60_000 },
          { ...share, node: 'B', usdMicros: 120_000 },
        ],
      }),
    ])
  })

  it('stay as they are beside what is written now', async () => {
    await storeOldRuns()
    const archive = openArchive()
    const [first] = (await archive.newest(PERSON, 1)).runs
    if (!first) throw new Error('There is no run')
    const now = { ...first, promptId: 'now', startedAt: first.startedAt + 60_000 }
    await archive.write([{ accountKey: PERSON, runs: [now], readings: [] }])
    const { runs, verdicts, readings } = oldContent()
    expect(await allOf(archive)).toEqual({
      runs: [...runs, now],
      verdicts: [...verdicts, null],
      readings,
    })
  })

  it('are rows of the history', async () => {
    await storeOldRuns()
    open()
    await vi.waitFor(() => {
      const row = find('[data-line="run:prompt-995"]')
      expect(row.dataset).toMatchObject({ basis: 'actual', credits: '-12.66', certainty: 'proved' })
      expect(row.textContent).toContain('Workflow 1')
    }, 15_000)
  })
})

describe('purchases that d67b753 stored', () => {
  const steps = () =>
    [...document.querySelectorAll<HTMLElement>('.cc-payment')].map(({ dataset }) => dataset['step'])

  it('are listed from localStorage, newest first, with all that support needs', async () => {
    storeOldPurchases()
    open({ tab: 'overview' })
    await vi.waitFor(() => expect(steps()).toEqual(['cancelled', 'failed', 'credited']))
    const [payment] = [...document.querySelectorAll('.cc-payment')].slice(-1)
    const copy = [...(payment?.querySelectorAll('button') ?? [])].at(-1)
    copy?.click()
    await vi.waitFor(() => {
      const lines = find('.cc-payment-text') as HTMLTextAreaElement
      expect(lines.value).toContain('payment: a1')
      expect(lines.value).toContain('session: cs_a1')
      expect(lines.value).toContain('balance_after_usd_cents: 3500')
      expect(lines.value).toContain('event: e1')
    })
    for (const [attempt, progress] of Object.entries(oldPurchases)) {
      const stored = localStorage.getItem(`comfyui-credits:purchase:${PERSON}:${attempt}`)
      expect(JSON.parse(stored ?? 'null')).toEqual(progress)
    }
  })

  it('are met again in IndexedDB, and followed to their end', async () => {
    await storeOldPurchaseOnDisk(unfinishedPurchase(Date.now() - 60_000))
    open({ tab: 'overview' })
    await vi.waitFor(() => expect(steps()).toEqual(['awaiting']))
    expect(find('.cc-payment').textContent).toContain('$50.00')
  })
})

describe('what a person chose with d67b753', () => {
  it('is how the history is looked at', async () => {
    storeOldChoices()
    await storeOldRuns()
    open()
    const search = await vi.waitFor(() => find('[role=search] input') as HTMLInputElement)
    expect(search.value).toBe('aurora')
    const [group, sort] = document.querySelectorAll<HTMLSelectElement>('[role=search] select')
    // The order is of a page only, since people come back for what is new.
    expect([group?.value, sort?.value]).toEqual(['workflow', 'newest'])
    await vi.waitFor(() => expect(rows('run').length).toBeGreaterThan(0))
    expect(
      new Set(rows('run').map((row) => row.querySelector('.cc-what-title')?.textContent)),
    ).toEqual(new Set(['Workflow 3']))
  })

  it('is how much is stored', async () => {
    storeOldChoices()
    open({ tab: 'settings' })
    await vi.waitFor(() => {
      const chosen = [...document.querySelectorAll<HTMLSelectElement>('.cc-about select')]
      expect(chosen.map((select) => select.selectedOptions[0]?.textContent.trim())).toEqual([
        '10,000 runs',
        '365 days',
      ])
    })
  })

  it('is seen before the API has answered: the last known balance', async () => {
    storeOldChoices()
    open({ answers: (usual) => ({ ...usual, balance: () => new Promise(() => {}) }) })
    await vi.waitFor(() => expect(balanceStatus().dataset['usdCents']).toBe('1234'))
  })

  it('is what is switched on in ComfyUI', () => {
    const app: ComfyApp = {
      extensionManager: { setting: { get: (id: string) => oldSettings[id] } },
    }
    expect([isOn(app, 'badge'), isOn(app, 'toast')]).toEqual([true, true])
    const entry = createSettingsEntry(app, { shown: vi.fn(), hidden: vi.fn() })
    expect(entry.takesOver()).toBe(false)
  })
})
