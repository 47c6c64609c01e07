import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readAccountEvent, type AccountEvent } from '../../../src/account-events/account-event.ts'
import {
  EVENT_SLACK_MS,
  joinRuns,
  mayBeAnnounced,
} from '../../../src/reconciliation/match-events.ts'
import type { Run } from '../../../src/runs/run.ts'
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

/** For each event without a job id, looks at every run. */
function plainOwners(
  usage: readonly AccountEvent[],
  runs: readonly Run[],
): Map<string, string | null> {
  const told = new Set(usage.map(({ jobId }) => jobId))
  const waiting = runs
    .filter(({ calls, promptId }) => calls.length > 0 && !told.has(promptId))
    .map((run) => ({ run, prices: run.calls.map(({ announcedCredits }) => announcedCredits) }))
  const ownerOf = ({ jobId, at, chargeUsdMicros }: AccountEvent): string | null => {
    if (jobId !== null) return jobId
    const inTime = waiting.filter(
      ({ run: { startedAt, endedAt } }) =>
        at !== null &&
        at >= startedAt - EVENT_SLACK_MS &&
        at <= (endedAt ?? Infinity) + EVENT_SLACK_MS,
    )
    const isIt = (price: number | null): boolean =>
      price !== null && chargeUsdMicros !== null && mayBeAnnounced(chargeUsdMicros, price)
    const byAmount = inTime.filter(({ prices }) => prices.some(isIt))
    const [owner, ...others] = byAmount.length === 1 ? byAmount : inTime
    if (!owner || others.length > 0) return null
    const met = owner.prices.findIndex(byAmount.length === 1 ? isIt : (price) => price === null)
    if (met !== -1) owner.prices.splice(met, 1)
    const saysMore = chargeUsdMicros === null || owner.run.outcome === 'running'
    return met !== -1 || saysMore ? owner.run.promptId : null
  }
  return new Map(usage.map((event) => [event.id, ownerOf(event)]))
}

it('usage is put to the run that a look at every run finds', () => {
  fc.assert(
    fc.property(anyUsage, anyRuns, (usage, runs) => {
      const { groups, single } = joinRuns(usage, runs)
      const owners = new Map([
        ...single.map(({ id }) => [id, null] as const),
        ...groups.flatMap(({ jobId, events }) => events.map(({ id }) => [id, jobId] as const)),
      ])
      expect(owners).toEqual(plainOwners(usage, runs))
    }),
  )
})
