import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAccountEvent, type AccountEvent } from '../../../src/account-events/account-event.ts'
import { COMPLETED, STARTED } from '../../../src/account-events/kinds.ts'
import { openStarts } from '../../../src/history/open-starts.ts'

/** For each start, looks at every end. */
function plainOpenStarts(events: readonly AccountEvent[]): AccountEvent[] {
  const ends = events.filter(({ type }) => type === COMPLETED)
  return events
    .filter(({ type }) => type === STARTED)
    .toReversed()
    .filter((start) => {
      const end = ends.findIndex(
        ({ jobId, api, at }) =>
          jobId === start.jobId && api === start.api && (at ?? Infinity) >= (start.at ?? 0),
      )
      if (end !== -1) ends.splice(end, 1)
      return end === -1
    })
}

it('calls have begun and not ended that a look at every end finds', () => {
  const anyEvents = fc.array(
    fc.record({
      type: fc.constantFrom(STARTED, COMPLETED, 'credit_added'),
      seconds: fc.nat(60),
      job: fc.constantFrom(undefined, 'p'),
      api: fc.constantFrom('aurora', 'tempo'),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(anyEvents, (drafts) => {
      const newestFirst = drafts.toSorted((a, b) => b.seconds - a.seconds)
      const events = newestFirst.map(({ type, seconds, job, api }, index) =>
        readAccountEvent({
          event_id: `e${index}`,
          event_type: type,
          createdAt: new Date(seconds * 1000).toISOString(),
          params: { job_id: job, api_name: api },
        }),
      )
      expect(openStarts(events)).toEqual(plainOpenStarts(events))
    }),
  )
})

it('an end without a time ends whichever start is left, once', () => {
  const event = (type: string, createdAt: string) =>
    readAccountEvent({ event_id: `${type}${createdAt}`, event_type: type, createdAt, params: {} })
  const starts = [event(STARTED, '2026-11-22T12:00:02Z'), event(STARTED, '2026-11-22T12:00:01Z')]
  expect(openStarts([event(COMPLETED, 'some time'), ...starts])).toEqual(starts.slice(0, 1))
})
