import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import type { Progress } from '../engine/flow.ts'

/**
 * What support needs to find a payment: ids, times, amounts. No token, and not the address of the
 * payment page, which would let anybody see it. In English in every language, as who reads it may
 * have another.
 */
export function supportText(progress: Progress, accountKey: string): string {
  const { purchase, step, at } = progress
  const facts: readonly (readonly [string, string | number | null])[] = [
    ['payment', purchase.attempt],
    ['state', step],
    ['code', 'code' in progress ? progress.code : null],
    ['way', purchase.way],
    ['usd_cents', centsFromUsdMicros(purchase.usdMicros)],
    ['started', new Date(purchase.startedAt).toISOString()],
    ['changed', new Date(at).toISOString()],
    ['session', purchase.sessionId],
    ['operation', purchase.operationId],
    ['balance_before_usd_cents', cents(purchase.beforeUsdMicros)],
    ...evidenceOf(progress),
    ['account', accountKey],
  ]
  return facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

function evidenceOf(progress: Progress): [string, string | number | null][] {
  if (progress.step !== 'credited') return []
  const { evidence } = progress
  return [
    ['balance_after_usd_cents', cents(progress.afterUsdMicros)],
    ['evidence', evidence.from],
    ['event', evidence.from === 'account-event' ? evidence.eventId : null],
  ]
}

function cents(usdMicros: number | null): number | null {
  return usdMicros === null ? null : centsFromUsdMicros(usdMicros)
}
