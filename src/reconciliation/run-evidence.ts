import type { AccountEvent } from '../account-events/account-event.ts'
import { mostChargesOf, type Call, type Run } from '../runs/run.ts'
import { chargeOfCall, chargeOfStored, sum, type Charge } from './charges.ts'
import { mayBeAnnounced, type RunGroup } from './match-events.ts'
import { isShown, type Verdict } from './verdict.ts'

/** A run with its events on the account, and the charges that only the balance can show. */
export interface RunEvidence {
  readonly run: Run
  readonly group: RunGroup | null
  /** By the events of each call: those with a charge say what it cost, the others that it was made. */
  readonly covered: ReadonlyMap<Call, readonly AccountEvent[]>
  readonly charges: readonly Charge[]
  /** Of calls that were held for free earlier, and may be charged late. */
  readonly free: readonly Charge[]
}

export function evidenceOf(
  run: Run,
  group: RunGroup | null,
  before: Verdict | undefined,
): RunEvidence {
  const events = group?.events ?? []
  const covered = cover(run.calls, events)
  if (!events.some(isPriced) && before?.certainty === 'proved' && isShown(before)) {
    return { run, group, covered, charges: storedCharges(run, before), free: freeOf(run, before) }
  }
  const open = run.calls.filter((call) => !covered.get(call)?.some(isPriced))
  return { run, group, covered, charges: open.map((call) => chargeOfCall(run, call)), free: [] }
}

/** One for all calls, or one for each where some were charged late: no one change holds those. */
function storedCharges(run: Run, { usdMicros, calls, evidence: { spans } }: Verdict): Charge[] {
  const isLate = spans.some(({ from }) => run.endedAt !== null && from.at >= run.endedAt)
  if (!isLate) return chargeOfStored(run, { usdMicros: usdMicros ?? 0 })
  const until = Math.max(...spans.map(({ to }) => to.at))
  const each = calls.map((call) => (call.certainty === 'proved' ? (call.usdMicros ?? NaN) : NaN))
  return sum(each) === usdMicros
    ? calls.flatMap(({ nodeId }, index) =>
        chargeOfStored(run, { usdMicros: each[index] ?? 0, nodeId, until }),
      )
    : chargeOfStored(run, { usdMicros: usdMicros ?? 0, until })
}

function freeOf(run: Run, before: Verdict): Charge[] {
  const free = new Set(
    before.calls.flatMap(({ nodeId, usdMicros, certainty }) =>
      usdMicros === 0 && certainty === 'proved' ? nodeId : [],
    ),
  )
  return run.calls
    .filter(({ nodeId }) => free.has(nodeId))
    .map((call) => chargeOfCall(run, call))
    .filter(({ to, lateUntil }) => lateUntil > to)
}

export function isPriced({ chargeUsdMicros }: AccountEvent): boolean {
  return chargeUsdMicros !== null
}

/** What the account gives of such a run is its figure, and what only its texts say is not in it. */
export function isPartlyConfirmed({ group }: RunEvidence): boolean {
  return group?.events.some(({ chargeUsdMicros }) => (chargeUsdMicros ?? 0) > 0) === true
}

/** Puts each event to a call: of its node's type, at its price, or to one that is still free. */
function cover(calls: readonly Call[], events: readonly AccountEvent[]): Map<Call, AccountEvent[]> {
  const covered = new Map<Call, AccountEvent[]>()
  const isFree = (call: Call): boolean => (covered.get(call)?.length ?? 0) < mostChargesOf(call)
  for (const event of events) {
    const free = calls.filter(isFree)
    const ofType = free.filter(({ nodeType }) => nodeType !== null && nodeType === event.nodeType)
    const atPrice = (call: Call): boolean =>
      event.chargeUsdMicros !== null &&
      call.announcedCredits !== null &&
      mayBeAnnounced(event.chargeUsdMicros, call.announcedCredits)
    const call =
      ofType.find(atPrice) ??
      ofType[0] ??
      free.find(atPrice) ??
      free.find(({ nodeType }) => nodeType === null || event.nodeType === null)
    if (call) covered.set(call, [...(covered.get(call) ?? []), event])
  }
  return covered
}
