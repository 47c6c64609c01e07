import { describe, expect, it } from 'vitest'
import { StateFile } from '../../../sandbox/stand-in/state-file.ts'

interface State {
  count: number
}

/** A disk that ends a write when a test says so. */
async function open(stored: string | null = null) {
  const written: string[] = []
  const waiting: (() => void)[] = []
  let stuck = false
  const file = new StateFile<State>({
    load: async () => stored,
    async save(document) {
      written.push(document)
      if (stuck) await new Promise<void>((resolve) => waiting.push(resolve))
    },
  })
  let state: State = { count: 0 }
  await file.restore(
    {
      snapshot: () => ({ formatVersion: 1, definition: 'counter', stateVersion: 1, state }),
      restore: async (snapshot) => void ({ state } = snapshot),
    },
    () => state,
  )
  return {
    file,
    count: () => state.count,
    countedOnDisk: () => written.map((text) => (JSON.parse(text) as { state: State }).state.count),
    add: () => {
      state.count += 1
      return file.save()
    },
    stick: () => (stuck = true),
    release: () => {
      stuck = false
      for (const resolve of waiting.splice(0)) resolve()
    },
    stored: () => written.at(-1) ?? '',
  }
}

describe('the state on disk', () => {
  it('is written once for all who wait at the same time, and has what each of them did', async () => {
    const disk = await open()
    disk.stick()
    const first = disk.add()
    await Promise.resolve()
    const others = Array.from({ length: 50 }, () => disk.add())
    disk.release()
    await Promise.all([first, ...others])
    expect(disk.countedOnDisk().length).toBeLessThanOrEqual(3)
    expect(disk.countedOnDisk().at(-1)).toBe(51)
  })

  it('is not written again where nothing has changed', async () => {
    const disk = await open()
    await disk.file.save()
    expect(disk.countedOnDisk()).toEqual([0])
  })

  it('is what the next one starts with', async () => {
    const disk = await open()
    await disk.add()
    expect((await open(disk.stored())).count()).toBe(1)
  })

  it('that cannot be read is left as it is', async () => {
    await expect(open('{')).rejects.toThrow('cannot be read')
  })
})
