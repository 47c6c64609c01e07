import { expect, it, vi } from 'vitest'
import { Batches } from '../../../src/run-archive/batches.ts'
import { archiveTests, runOf } from '../support/run-archive.ts'
import { NOON } from '../../support/builders/run.ts'

const tab = archiveTests()

it('write what is beside a run or a balance that the database would refuse', async () => {
  const runArchive = tab()
  const onWritten = vi.fn<(all: boolean) => void>()
  const batches = new Batches(runArchive, onWritten)
  batches.addRun('token:ann', runOf('a'))
  batches.addRun('token:ann', runOf('b', { startedAt: Number.NaN }))
  batches.addReading('token:ann', { at: Number.NaN, usdMicros: 1 })
  batches.addReading('token:ann', { at: NOON, usdMicros: 1 })
  await batches.flush()
  expect(onWritten.mock.calls).toEqual([[true]])
  const { runs, readings } = await runArchive.newest('token:ann', 9)
  expect(runs.map(({ promptId }) => promptId)).toEqual(['a'])
  expect(readings).toEqual([{ at: NOON, usdMicros: 1 }])
})
