import { eq, sql } from 'drizzle-orm'
import { isDatabaseUnavailable } from '../database/away.ts'
import type { Database, Transaction } from '../database/open.ts'
import { holds, type Account, type Hold, type HoldProblem } from '../database/schema.ts'
import { recordEvent, type NewEvent, type UsageParams } from '../events/record.ts'
import { appendEntry, holdAccount } from '../ledger/append.ts'
import type { Admission } from '../settings.ts'
import { SETTLE_PATIENCE_MS } from './holds.ts'
import { recordJob, type PartnerJob } from './jobs.ts'
import { patiently } from './patiently.ts'

export interface SettleDeps {
  readonly db: Database
  readonly admission: Admission
}

export interface EndedCall {
  /** Of its hold: a call is charged once however often this runs. */
  readonly id: string
  readonly accountId: string
  /** What the partner's work costs. 0 releases the hold. */
  readonly priceUsdMicros: number
  readonly usage: Omit<UsageParams, 'charge_micro_usd' | 'job_id' | 'node_type'>
  /** What the partner works on from now on, for the account alone to ask for. */
  readonly job?: PartnerJob | null
  /** Why a person must look at it, whatever it cost. */
  readonly problem?: HoldProblem
}

export interface SettledCall {
  readonly chargeUsdMicros: number
  /** What the work costs beyond the charge, for a person to look at. */
  readonly excessUsdMicros: number
}

/** How many times its estimate a call may cost. Beyond that a person looks at it. */
const MAX_TIMES_ESTIMATE = 4

/**
 * Charge, event and the end of the hold: all or nothing. The account's row is locked first. Where the
 * hold has ended before, nothing is charged.
 */
export function settleCall(
  deps: SettleDeps,
  call: EndedCall,
  from: Hold['state'] = 'open',
): Promise<SettledCall> {
  return deps.db.transaction(async (tx) => {
    const account = await holdAccount(tx, call.accountId)
    const hold = await lockHold(tx, call.id)
    if (hold.state !== from) return settledBefore(tx, hold, call)
    const chargeUsdMicros = Math.min(call.priceUsdMicros, mostFor(hold, account, deps.admission))
    const excessUsdMicros = call.priceUsdMicros - chargeUsdMicros
    if (chargeUsdMicros > 0) {
      await appendEntry(tx, {
        accountId: call.accountId,
        kind: 'usage',
        amountUsdMicros: -chargeUsdMicros,
        reference: call.id,
        jobId: hold.jobId ?? undefined,
      })
    }
    await endHold(tx, hold, {
      state: call.usage.outcome === 'succeeded' ? 'captured' : 'released',
      chargeUsdMicros,
      excessUsdMicros,
      problem: excessUsdMicros > 0 ? 'excess' : (call.problem ?? null),
    })
    if (call.job) await recordJob(tx, call.accountId, call.job)
    await recordEvent(tx, call.accountId, eventOf(call, hold, chargeUsdMicros), hold)
    return { chargeUsdMicros, excessUsdMicros }
  })
}

function eventOf({ usage }: EndedCall, { nodeType, jobId }: Hold, charge: number): NewEvent {
  return {
    type: 'api_usage_completed',
    params: {
      ...usage,
      charge_micro_usd: charge,
      ...(nodeType !== null && { node_type: nodeType }),
      ...(jobId !== null && { job_id: jobId }),
    },
  }
}

/**
 * The most that a call may take: so many times its estimate, and where calls are admitted strictly, no
 * more than its own reserve and what nobody has reserved. So no call takes the balance below zero,
 * nor what another call was promised.
 */
function mostFor(
  { estimateUsdMicros }: Hold,
  { balanceUsdMicros, heldUsdMicros }: Pick<Account, 'balanceUsdMicros' | 'heldUsdMicros'>,
  admission: Admission,
): number {
  const most = estimateUsdMicros * MAX_TIMES_ESTIMATE
  if (admission === 'comfy') return most
  return Math.min(most, estimateUsdMicros + Math.max(0, balanceUsdMicros - heldUsdMicros))
}

async function lockHold(tx: Transaction, id: string): Promise<Hold> {
  const [hold] = await tx.select().from(holds).where(eq(holds.id, id)).for('update')
  if (!hold) throw new Error(`A call ended that has no hold: ${id}.`)
  return hold
}

/**
 * Another process took the call over, and had another answer of the partner, who perhaps had not begun:
 * a hold ends once, so a person looks at what its end did not cover.
 */
async function settledBefore(
  tx: Transaction,
  { id, state, capturedUsdMicros, excessUsdMicros }: Hold,
  { priceUsdMicros }: EndedCall,
): Promise<SettledCall> {
  const chargeUsdMicros = capturedUsdMicros ?? 0
  const excess = priceUsdMicros - chargeUsdMicros
  if (state === 'unresolved' || excess <= excessUsdMicros) {
    return { chargeUsdMicros, excessUsdMicros }
  }
  await tx.update(holds).set({ excessUsdMicros: excess, problem: 'excess' }).where(eq(holds.id, id))
  return { chargeUsdMicros, excessUsdMicros: excess }
}

/** By a trigger, this also takes the hold out of what its account has reserved. */
async function endHold(
  tx: Transaction,
  { id }: Hold,
  end: {
    state: 'captured' | 'released'
    chargeUsdMicros: number
    excessUsdMicros: number
    problem: HoldProblem | null
  },
): Promise<void> {
  const { state, chargeUsdMicros, excessUsdMicros, problem } = end
  await tx
    .update(holds)
    .set({
      state,
      capturedUsdMicros: state === 'captured' ? chargeUsdMicros : null,
      excessUsdMicros,
      problem,
      endedAt: sql`clock_timestamp()`,
    })
    .where(eq(holds.id, id))
}

/** Ends a hold of which nobody could say what the partner did: nothing is reserved, a person decides. */
export function giveUpHold(db: Database, { id, accountId }: Hold): Promise<void> {
  return db.transaction(async (tx) => {
    await holdAccount(tx, accountId)
    const hold = await lockHold(tx, id)
    if (hold.state !== 'open') return
    await tx
      .update(holds)
      .set({ state: 'unresolved', problem: 'unresolved', endedAt: sql`clock_timestamp()` })
      .where(eq(holds.id, id))
  })
}

/**
 * Settles, and again while the database is away or busy: the partner's work is done, and must be
 * charged. Whether an attempt that broke had been committed does not matter, since each call is charged
 * once. What cannot be settled at all stays open, and is taken over later.
 */
export function settleCallPatiently(
  deps: SettleDeps & { readonly stopped: AbortSignal },
  call: EndedCall,
): Promise<SettledCall> {
  const passes = (error: unknown) => isDatabaseUnavailable(error) && !deps.stopped.aborted
  return patiently(SETTLE_PATIENCE_MS, passes, () => settleCall(deps, call))
}
