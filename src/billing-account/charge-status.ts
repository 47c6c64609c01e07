import {
  recoveryActions,
  type BillingOperationBody,
  type RecoveryAction,
} from '@comfyui-credits/contract/top-up'
import type { ChargeStatus } from './port.ts'

/** A charge's status by its operation. One that is unknown to this version counts as pending. */
export function readChargeStatus(body: BillingOperationBody): ChargeStatus {
  const recovery = readRecovery(body)
  if (body.status === 'succeeded') return { kind: 'succeeded', recovery: null }
  if (body.checkout_state === 'expired' || body.decline_reason === 'payment_not_completed') {
    return { kind: 'expired', recovery }
  }
  if (body.status === 'failed') return { kind: 'failed', recovery }
  const failed = body.authentication_state === 'failed_retryable'
  if (failed || body.authentication_state === 'requires_action') {
    return { kind: 'authenticate', actionUrl: body.action_url ?? null, failed }
  }
  return { kind: 'pending', recovery }
}

/** What has to be sorted out by a person at the service is for support. */
function readRecovery(body: BillingOperationBody): RecoveryAction | null {
  const { status, authentication_state, recovery_action } = body
  if ([status, authentication_state].includes('reconciliation_needed')) return 'contact_support'
  return recoveryActions.find((known) => known === recovery_action) ?? null
}
