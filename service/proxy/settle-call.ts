import { setTimeout as wait } from 'node:timers/promises'
import { isDatabaseUnavailable } from '../database/away.ts'
import type { Database } from '../database/open.ts'
import { recordEvent, type UsageParams } from '../events/record.ts'
import { appendEntry } from '../ledger/append.ts'
import { recordJob, type PartnerJob } from './jobs.ts'
import { closePendingCall, SETTLE_PATIENCE_MS } from './pending-calls.ts'

export interface EndedCall {
  /** The call's own id, so that it is charged once however often this runs. */
  readonly id: string
  readonly accountId: string
  readonly jobId: string | undefined
  readonly chargeUsdMicros: number
  readonly usage: Omit<UsageParams, 'charge_micro_usd' | 'job_id'>
  /** What the partner works on from now on, for the account alone to ask for. */
  readonly job?: PartnerJob | null
}

/** Charge, event and the end of the pending call: all or nothing. */
export async function settleCall(db: Database, call: EndedCall): Promise<void> {
  await db.transaction(async (tx) => {
    if (call.chargeUsdMicros > 0) {
      const { repeated } = await appendEntry(tx, {
        accountId: call.accountId,
        kind: 'usage',
        amountUsdMicros: -call.chargeUsdMicros,
        reference: call.id,
        jobId: call.jobId,
      })
      if (repeated) return
    }
    if (call.job) await recordJob(tx, call.accountId, call.job)
    const closed = await closePendingCall(tx, call.id)
    // What cost nothing has no entry that would show a repeat.
    if (!closed && call.chargeUsdMicros === 0) return
    await recordEvent(tx, call.accountId, {
      type: 'api_usage_completed',
      params: {
        ...call.usage,
        charge_micro_usd: call.chargeUsdMicros,
        ...(call.jobId !== undefined && { job_id: call.jobId }),
      },
    })
  })
}

const PAUSE_MS = 250

/**
 * The same, and again while the database is away or busy: the partner's work is done, and must be charged.
 * Whether an attempt that broke had been committed does not matter, since each call is charged once.
 */
export async function settleCallPatiently(
  { db, stopped }: { readonly db: Database; readonly stopped: AbortSignal },
  call: EndedCall,
): Promise<void> {
  const deadline = Date.now() + SETTLE_PATIENCE_MS
  for (;;) {
    try {
      return await settleCall(db, call)
    } catch (error) {
      if (!isDatabaseUnavailable(error) || stopped.aborted || Date.now() > deadline) throw error
      await wait(PAUSE_MS)
    }
  }
}
