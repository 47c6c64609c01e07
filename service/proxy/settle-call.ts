import type { Database } from '../database/open.ts'
import { recordEvent, type UsageParams } from '../events/record.ts'
import { appendEntry } from '../ledger/append.ts'
import { closePendingCall } from './pending-calls.ts'

export interface EndedCall {
  /** The call's own id, so that it is charged once however often this runs. */
  readonly id: string
  readonly accountId: string
  readonly jobId: string | undefined
  readonly chargeUsdMicros: number
  readonly usage: Omit<UsageParams, 'charge_micro_usd' | 'job_id'>
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
    await recordEvent(tx, call.accountId, {
      type: 'api_usage_completed',
      params: {
        ...call.usage,
        charge_micro_usd: call.chargeUsdMicros,
        ...(call.jobId !== undefined && { job_id: call.jobId }),
      },
    })
    await closePendingCall(tx, call.id)
  })
}
