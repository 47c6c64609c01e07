import fc from 'fast-check'
import { expect, it } from 'vitest'
import { COMPLETED, STARTED } from '../../../src/account-events/kinds.ts'
import { openStarts } from '../../../src/history/open-starts.ts'
import { newEvent } from '../../support/builders/account-event.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'

const MINUTE = 60 * SECOND

const start = (seconds: number, params: Record<string, unknown> = {}) =>
  newEvent(STARTED, NOON + seconds * SECOND, { api_name: 'aurora', ...params })
const end = (seconds: number, params: Record<string, unknown> = {}) =>
  newEvent(COMPLETED, NOON + seconds * SECOND, { api_name: 'aurora', ...params })

it('a start is over by the first end after it, so that one call after the other leaves none', () => {
  const [first, second] = [start(0), start(20)]
  const events = [end(30), second, end(10), first]
  expect(openStarts(events, [], NOON + MINUTE)).toEqual([])
  expect(openStarts([second, end(10), first], [], NOON + MINUTE)).toEqual([second])
})

it('as many starts stay open as have no end of their own, whatever the order', () => {
  const anySeconds = fc.uniqueArray(fc.nat(60), { maxLength: 12 })
  fc.assert(
    fc.property(anySeconds, anySeconds, (starts, ends) => {
      const events = [...starts.map((at) => start(at)), ...ends.map((at) => end(at))]
      // The most starts that can have an end: each end, newest first, ends the newest start before it.
      const left = starts.toSorted((a, b) => b - a)
      for (const at of ends.toSorted((a, b) => b - a)) {
        const begun = left.findIndex((from) => from <= at)
        if (begun !== -1) left.splice(begun, 1)
      }
      expect(openStarts(events, [], NOON + MINUTE)).toHaveLength(left.length)
    }),
  )
})

it('an end without a time ends any start, once', () => {
  const starts = [start(2), start(1)]
  const untimed = { ...end(0), at: null }
  expect(openStarts([untimed, ...starts], [], NOON)).toEqual(starts.slice(1))
})

it('a start is over with the run it belongs to, and while that goes on stands in its row', () => {
  const run = newRun({ promptId: 'p', outcome: 'cancelled', calls: [newCall()] })
  const ofOther = start(1, { job_id: 'q' })
  expect(openStarts([start(1), start(1, { job_id: 'p' }), ofOther], [run], NOON)).toEqual([ofOther])
})

it('a start without an end is given up after an hour', () => {
  const one = start(0)
  expect(openStarts([one], [], NOON + 59 * MINUTE)).toEqual([one])
  expect(openStarts([one], [], NOON + 61 * MINUTE)).toEqual([])
})
