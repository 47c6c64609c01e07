import { afterEach, describe, expect, it, vi } from 'vitest'
import { computed, effectScope, reactive, shallowRef, type EffectScope } from 'vue'
import type { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import type { Reading } from '../../../src/reconciliation/balance-reading.ts'
import { useAllStored } from '../../../src/run-archive/all-stored.ts'
import type { useRunsStore } from '../../../src/runs/store.ts'
import { archiveTests } from '../support/run-archive.ts'

const tab = archiveTests()
const ANN = 'token:ann'
const BOB = 'token:bob'

const scopes = new Set<EffectScope>()
afterEach(() => {
  for (const scope of scopes) scope.stop()
  scopes.clear()
})

/** The balance moved each time. */
const readings = (from: number, to: number): Reading[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    at: from + index,
    usdMicros: from + index,
  }))
const write = (runArchive: DatabaseRunArchive, written: readonly Reading[], accountKey = ANN) =>
  runArchive.write([{ accountKey, runs: [], readings: written }])

function reader(runArchive: DatabaseRunArchive, atHand: readonly Reading[] = []) {
  const live = reactive({ accountKey: ANN as string | null })
  const recent = shallowRef(atHand)
  const scope = effectScope()
  scopes.add(scope)
  const failed = vi.fn<() => void>()
  const all = scope.run(() =>
    // Nothing else of the store is looked at.
    useAllStored(
      { live: live as ReturnType<typeof useRunsStore> },
      runArchive,
      computed(() => recent.value),
      failed,
    ),
  )
  if (!all) throw new Error('No scope')
  return { all, live, recent, failed }
}

describe('all balances of a billing account', () => {
  it('are those at hand, until somebody asks for the older ones', async () => {
    const runArchive = tab()
    await write(runArchive, readings(1, 700))
    const { all } = reader(runArchive, readings(650, 700))
    expect(all.readings.value).toEqual(readings(650, 700))
    all.begin()
    await vi.waitFor(() => expect(all.readings.value).toEqual(readings(1, 700)))
  })

  it('go on with what is read after that, each once', async () => {
    const runArchive = tab()
    await write(runArchive, readings(1, 5))
    const { all, recent } = reader(runArchive, readings(4, 5))
    all.begin()
    await vi.waitFor(() => expect(all.readings.value).toHaveLength(5))
    const later = { at: Date.now() + 1000, usdMicros: 6 }
    recent.value = [...readings(4, 5), later]
    expect(all.readings.value).toEqual([...readings(1, 5), later])
    // The window of what is at hand has moved on: what it left is read again.
    await write(runArchive, [later])
    const last = { at: later.at + 1, usdMicros: 7 }
    vi.spyOn(Date, 'now').mockReturnValue(last.at)
    recent.value = [last]
    await vi.waitFor(() => expect(all.readings.value).toEqual([...readings(1, 5), later, last]))
  })

  it('have those of a file in them that was read meanwhile', async () => {
    const runArchive = tab()
    await write(runArchive, readings(10, 12))
    const { all } = reader(runArchive)
    all.begin()
    await vi.waitFor(() => expect(all.readings.value).toEqual(readings(10, 12)))
    await runArchive.add(ANN, { runs: [], readings: readings(1, 9), events: [] })
    await vi.waitFor(() => expect(all.readings.value).toEqual(readings(1, 12)))
  })

  it('are at once no other billing account’s', async () => {
    const runArchive = tab()
    await write(runArchive, readings(1, 3))
    await write(runArchive, readings(7, 8), BOB)
    const { all, live, recent } = reader(runArchive)
    all.begin()
    await vi.waitFor(() => expect(all.readings.value).toEqual(readings(1, 3)))
    recent.value = []
    live.accountKey = BOB
    expect(all.readings.value).toEqual([])
    expect(all.summaries.value).toBeNull()
    all.begin()
    await vi.waitFor(() => expect(all.readings.value).toEqual(readings(7, 8)))
  })
})
