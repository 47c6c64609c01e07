import { expect, it } from 'vitest'
import { noLimits, parseSettings, type LimitSettings } from '../../../src/limits/limit.ts'
import type { Entries } from '../../../src/run-archive/port.ts'
import { importFile } from '../../../src/run-archive/read-file.ts'
import { fileParts } from '../../../src/run-archive/write-file.ts'

const settings: LimitSettings = {
  ...noLimits,
  limits: [
    {
      id: 'a',
      period: 'week',
      scope: { kind: 'workflow', name: 'portrait' },
      usdMicros: 500_000,
      action: 'warn',
    },
  ],
  runaway: { usdMicros: 100_000, minutes: 10 },
}

async function* nothing(): AsyncGenerator<Entries> {}

async function fileOf(limits: LimitSettings | null): Promise<Blob> {
  const { signal } = new AbortController()
  const options = { at: 0, signal, onProgress: () => {}, limits }
  return new Blob(await fileParts('token:ann', nothing(), options))
}

async function read(file: Blob, accountKey: string): Promise<unknown[]> {
  const found: unknown[] = []
  const archive = { add: () => Promise.resolve({ runs: 0, events: 0 }) }
  await importFile(file, accountKey, archive, {
    anyAccount: false,
    signal: new AbortController().signal,
    onProgress: () => {},
    onLimits: (limits) => found.push(parseSettings(limits)),
  })
  return found
}

it('limits go out and in with the runs of their account', async () => {
  const file = await fileOf(settings)
  expect(await read(file, 'token:ann')).toEqual([settings])
  // Laid out by another tool, it is read whole.
  const laidOut = new Blob([JSON.stringify(JSON.parse(await file.text()), null, 2)])
  expect(await read(laidOut, 'token:ann')).toEqual([settings])
})

it('limits of another account, or none, are not taken', async () => {
  expect(await read(await fileOf(settings), 'token:bob')).toEqual([])
  expect(await read(await fileOf(null), 'token:ann')).toEqual([])
})
