import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAccountEvent, type AccountEvent } from '../../../src/account-events/account-event.ts'
import {
  CHARGED_LATE_MS,
  EVENT_SLACK_MS,
  HANDLED_LATE_MS,
  joinRuns,
  mayBeAnnounced,
} from '../../../src/reconciliation/match-events.ts'
import type { Call, Run } from '../../../src/runs/run.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'

const SECONDS = 120

const anyUsage = fc
  .array(
    fc.record({
      at: fc.option(fc.nat(SECONDS), { freq: 20 }),
      job: fc.option(fc.constantFrom('0', '1', 'elsewhere'), { freq: 2 }),
      charge: fc.option(fc.constantFrom(10_000, 20_000, 60_000), { freq: 10 }),
    }),
    { maxLength: 20 },
  )
  .map((drafts) =>
    drafts.map(({ at, job, charge }, index) =>
      readAccountEvent({
        event_id: `e${index}`,
        event_type: 'api_usage_completed',
        createdAt: at === null ? 'some time' : new Date(NOON + at * SECOND).toISOString(),
        params: { job_id: job, charge_micro_usd: charge },
      }),
    ),
  )
const anyRuns = fc
  .array(
    fc.record({
      from: fc.nat(SECONDS),
      seconds: fc.option(fc.nat(30), { freq: 10 }),
      prices: fc.array(fc.constantFrom(null, 2.11, 4.22, 12.66), { maxLength: 3 }),
    }),
    { maxLength: 8 },
  )
  .map((drafts) =>
    drafts.map(({ from, seconds, prices }, index) => {
      const startedAt = NOON + from * SECOND
      const endedAt = seconds === null ? null : startedAt + seconds * SECOND
      const calls = prices.map((announcedCredits, call) =>
        newCall({ nodeId: `${call}`, announcedCredits, startedAt, endedAt }),
      )
      const outcome = endedAt === null ? 'running' : 'succeeded'
      return newRun({ promptId: `${index}`, startedAt, endedAt, outcome, calls })
    }),
  )

/** Each event's run; null where it has none. */
function ownersOf(usage: readonly AccountEvent[], runs: readonly Run[]) {
  const { groups, single } = joinRuns(usage, runs)
  return new Map([
    ...single.map(({ id }) => [id, null] as const),
    ...groups.flatMap(({ jobId, events }) => events.map(({ id }) => [id, jobId] as const)),
  ])
}

function isInTime({ at }: AccountEvent, { startedAt, endedAt }: Run): boolean {
  return (
    at !== null && at >= startedAt - EVENT_SLACK_MS && at <= (endedAt ?? Infinity) + EVENT_SLACK_MS
  )
}

/** Of a run near its time: both say the amount and it is the same, or the account says none. */
function isNearby(event: AccountEvent, { startedAt, endedAt, calls }: Run): boolean {
  const { at, chargeUsdMicros } = event
  const isInWindow =
    at !== null &&
    at >= startedAt - HANDLED_LATE_MS &&
    at <= (endedAt ?? Infinity) + CHARGED_LATE_MS
  const isAwaited = chargeUsdMicros === null || calls.some((call) => call.announcedCredits !== null)
  return isInWindow && isAwaited && calls.some((call) => fits(event, call.announcedCredits))
}

/** Whether an event can be of a call with that price. */
function fits({ chargeUsdMicros }: AccountEvent, price: number | null): boolean {
  return price === null || chargeUsdMicros === null || mayBeAnnounced(chargeUsdMicros, price)
}

/** The price of a run that goes on may yet change. */
function mayBeOf(event: AccountEvent, { outcome, calls }: Run): boolean {
  return outcome === 'running' || calls.some((call) => fits(event, call.announcedCredits))
}

it('usage goes where its job id says, or to a call in its time that it fits', () => {
  fc.assert(
    fc.property(anyUsage, anyRuns, (usage, runs) => {
      const owners = ownersOf(usage, runs)
      expect(owners.size).toBe(usage.length)
      for (const event of usage) {
        const owner = owners.get(event.id) ?? null
        const run = runs.find(({ promptId }) => promptId === owner)
        const isRight =
          event.jobId === null
            ? owner === null ||
              (run !== undefined &&
                ((isInTime(event, run) && mayBeOf(event, run)) || isNearby(event, run)))
            : owner === event.jobId
        expect(isRight).toBe(true)
      }
    }),
  )
})

it('a run that has ended takes one event for each of its calls, and none is left that it could take', () => {
  fc.assert(
    fc.property(anyUsage, anyRuns, (usage, runs) => {
      const owners = ownersOf(usage, runs)
      const named = new Set(usage.map(({ jobId }) => jobId))
      for (const run of runs) {
        if (run.outcome === 'running' || named.has(run.promptId)) continue
        const own = usage.filter(({ id }) => owners.get(id) === run.promptId)
        expect(own.length).toBeLessThanOrEqual(run.calls.length)
        if (own.length > 0) continue
        const left = usage.filter((event) => owners.get(event.id) === null && isInTime(event, run))
        expect(left.filter((event) => mayBeOf(event, run))).toEqual([])
      }
    }),
  )
})

it('equal runs within seconds of each other have one event each', () => {
  const runs = ['p', 'q'].map((promptId) =>
    newRun({ promptId, calls: [newCall({ announcedCredits: 12.66 })] }),
  )
  for (const charge_micro_usd of [60_000, undefined]) {
    const usage = [10, 12].map((at, index) =>
      readAccountEvent({
        event_id: `e${index}`,
        event_type: 'api_usage_completed',
        createdAt: new Date(NOON + at * SECOND).toISOString(),
        params: { charge_micro_usd },
      }),
    )
    expect([...ownersOf(usage, runs).values()].toSorted()).toEqual(['p', 'q'])
  }
})

it('the charge of a call that failed leaves the calls after it their own', () => {
  const seconds = [0, 3, 6, 9]
  const runs = seconds.map((from, index) => {
    const [startedAt, endedAt] = [NOON + from * SECOND, NOON + (from + 1) * SECOND]
    const outcome = index === 0 ? 'failed' : 'succeeded'
    const call = newCall({ announcedCredits: 12.66, startedAt, endedAt, outcome })
    return newRun({ promptId: `${index}`, startedAt, endedAt, outcome, calls: [call] })
  })
  const usage = runs.map(({ endedAt }, index) =>
    readAccountEvent({
      event_id: `e${index}`,
      event_type: 'api_usage_completed',
      createdAt: new Date(endedAt ?? 0).toISOString(),
      params: { charge_micro_usd: 60_000 },
    }),
  )
  const owners = ownersOf(usage, runs)
  expect([...owners].toSorted()).toEqual(runs.map(({ promptId }) => [`e${promptId}`, promptId]))
})

/** Runs of one call at 12.66 credits, and what the account charged at those seconds. */
function joined(
  runs: readonly (readonly [from: number, to: number])[],
  charged: readonly number[],
  charge_micro_usd: number | undefined = 60_000,
  part: (run: number) => Partial<Call> = () => ({}),
) {
  const usage = charged.map((at, index) =>
    readAccountEvent({
      event_id: `e${index}`,
      event_type: 'api_usage_completed',
      createdAt: new Date(NOON + at * SECOND).toISOString(),
      params: { charge_micro_usd },
    }),
  )
  return ownersOf(
    usage,
    runs.map(([from, to], index) => {
      const [startedAt, endedAt] = [NOON + from * SECOND, NOON + to * SECOND]
      const call = newCall({ announcedCredits: 12.66, startedAt, endedAt, ...part(index) })
      const { outcome } = call
      return newRun({ promptId: `${index}`, startedAt, endedAt, outcome, calls: [call] })
    }),
  )
}

it('runs that a busy page saw seconds late have their events, though each is before its run', () => {
  const runs = [
    [31, 33],
    [37, 44],
    [52, 59],
    [59, 60],
  ] as const
  const owners = joined(runs, [22, 36, 49, 49.5])
  expect([...owners.values()].toSorted()).toEqual(['0', '1', '2', '3'])
})

it('what the account writes long after a run is of that run, though the next one goes on by then', () => {
  const runs = [
    [0, 10],
    [20, 30],
    [40, 50],
  ] as const
  for (const charge of [60_000, undefined]) {
    for (const lag of [6, 17, 29, 45]) {
      const owners = joined(
        runs,
        runs.map(([, to]) => to + lag),
        charge,
      )
      expect([...owners.values()].toSorted()).toEqual(['0', '1', '2'])
    }
  }
})

it('a late charge is sooner of a run that worked than of one in its time that failed', () => {
  const failed = { outcome: 'failed' } as const
  const second = (run: number): Partial<Call> => (run === 1 ? failed : {})
  const runs = [
    [0, 10],
    [16, 30],
  ] as const
  expect(joined(runs, [17], 60_000, second).get('e0')).toBe('0')
  expect([...joined(runs, [17, 18], 60_000, second).values()]).toEqual(['0', '1'])
})

it('what another client spent beside a run is its own, where the run has an event or another price', () => {
  expect(joined([[31, 40]], [22, 39]).get('e0')).toBeNull()
  expect(joined([[31, 40]], [39, 46]).get('e1')).toBeNull()
  expect(joined([[31, 40]], [46], 61_000).get('e0')).toBeNull()
  expect(joined([[31, 40]], [22], 61_000).get('e0')).toBeNull()
  expect(joined([[31, 40]], [0]).get('e0')).toBeNull()
  expect(joined([[31, 40]], [101]).get('e0')).toBeNull()
  const failed = { outcome: 'failed' } as const
  expect(joined([[31, 40]], [46], 60_000, () => failed).get('e0')).toBeNull()
})
