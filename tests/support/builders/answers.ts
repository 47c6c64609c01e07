import fc from 'fast-check'
import {
  billingRails,
  billingStatuses,
  runDenials,
  topUpDenials,
} from '@comfyui-credits/contract/billing'
import { workspaceRoles, workspaceTypes } from '@comfyui-credits/contract/members'
import {
  authenticationStates,
  declineReasons,
  operationCheckoutStates,
  operationStatuses,
  recoveryActions,
  topUpStates,
} from '@comfyui-credits/contract/top-up'

/**
 * Valid answers of ComfyUI's cloud API, as its newest client's schemas have them: what is optional
 * is there or not, what is nullable is null or not, an enumeration may have a newer value, and no
 * answer is without fields that this version does not know.
 */

export const NEWER = 'of_a_newer_version'

const text = fc.string({ maxLength: 12 })
/** A key that would change the object's kind is left out of what is read. */
const key = text.filter((name) => name !== '__proto__')
const cents = fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e9, max: 1e9 }))
const count = fc.nat(10_000)
const time = fc.constant('2026-11-29T10:00:00Z')
const oneOf = (known: readonly string[]) => fc.constantFrom(...known, NEWER)
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>

/** An object with all of `required` and some of `optional`. */
function answer(required: Fields, optional: Fields = {}): fc.Arbitrary<Record<string, unknown>> {
  const fields: Fields = {
    ...required,
    ...optional,
    newer_field: fc.anything(),
    newer_part: fc.object(),
  }
  return fc.record(fields, { requiredKeys: [...Object.keys(required), 'newer_field'] })
}

const status = answer(
  { is_active: fc.boolean(), has_funds: fc.boolean() },
  {
    billing_rail: oneOf(billingRails),
    billing_status: oneOf(billingStatuses),
    subscription_tier: nullable(text),
    pending_billing_op_id: text,
    pending_billing_op_type: oneOf(['subscription', 'topup']),
    renewal_date: time,
    scoped_has_funds: fc.dictionary(key, fc.boolean()),
    action_url: text,
    payment_intent_client_secret: text,
    scheduled_change: nullable(fc.object()),
    team_credit_stop: nullable(fc.object()),
    max_seats: count,
    occupied_seats: count,
  },
)

const autoTopUp = answer({ state: oneOf(['ready', 'frozen', 'unavailable']) }, { reason: text })

const capabilities = answer(
  {
    capabilities: answer(
      {},
      {
        can_top_up: fc.boolean(),
        can_manage_billing: fc.boolean(),
        can_run_workflows: fc.boolean(),
        can_manage_auto_top_up: fc.boolean(),
        can_view_own_usage: fc.boolean(),
        can_view_team_usage: fc.boolean(),
        auto_top_up_setup: autoTopUp,
      },
    ),
  },
  {
    denied_reasons: fc.record(
      { can_top_up: oneOf(topUpDenials), can_run_workflows: oneOf(runDenials), can_fly: text },
      { requiredKeys: [] },
    ),
    auto_top_up_setup: autoTopUp,
    expires_at: time,
    resolved_for: answer({ workspace_id: text, user_id: text }),
    revision: count,
  },
)

const balanceFields = ['prepaid_balance', 'cloud_credit_balance', 'pending_charges', 'effective']
const balance = answer(
  { amount_micros: cents, currency: fc.constantFrom('usd', 'USD') },
  {
    ...Object.fromEntries(
      balanceFields.flatMap((name) => [
        [`${name === 'effective' ? 'effective_balance' : name}_micros`, nullable(cents)],
        [`${name === 'effective' ? 'effective_balance' : name}_cents`, nullable(cents)],
      ]),
    ),
    amount_cents: cents,
    low_balance: fc.boolean(),
    effective_balance_authoritative: fc.boolean(),
    suggested_topup_amount_cents: nullable(count),
  },
)

const event = answer(
  { event_id: text, event_type: text, createdAt: fc.oneof(time, text) },
  {
    params: nullable(fc.dictionary(key, fc.anything())),
    member_display_name: text,
    member_email: text,
    member_former: fc.boolean(),
    member_user_id: text,
    api_key_name: text,
    api_key_prefix: text,
    deployment_id: text,
    deployment_name: text,
  },
)
const events = answer({
  total: count,
  page: count,
  limit: count,
  totalPages: count,
  events: fc.array(event, { maxLength: 3 }),
})

const operation = answer(
  { id: text, status: oneOf(operationStatuses) },
  {
    started_at: time,
    completed_at: nullable(time),
    authentication_state: oneOf(authenticationStates),
    action_url: text,
    payment_intent_client_secret: text,
    checkout_state: oneOf(operationCheckoutStates),
    recovery_action: oneOf(recoveryActions),
    retryable: fc.boolean(),
    cancelable: fc.boolean(),
    credits_added: cents,
    amount_charged_cents: cents,
    decline_reason: oneOf(declineReasons),
    error_message: text,
  },
)

const workspace = { id: text, name: text, type: oneOf(workspaceTypes) }

/** By the endpoint's name in contract/workspace-endpoints.ts. */
export const validAnswers = {
  status,
  capabilities,
  balance,
  events,
  operation,
  topUp: answer(
    { billing_op_id: text, topup_id: text, status: oneOf(topUpStates), amount_cents: cents },
    { checkout_attempt_id: text },
  ),
  topUpCheckout: answer({ checkout_url: text }, { session_id: text }),
  paymentMethods: fc.array(
    answer(
      { id: text, type: oneOf(['card', 'link']), is_default: fc.boolean() },
      { brand: text, last4: text },
    ),
    { maxLength: 3 },
  ),
  paymentPortal: answer({ url: text }),
  workspaces: answer({
    can_create_workspace: fc.boolean(),
    workspaces: fc.array(
      answer(
        { ...workspace, role: oneOf(workspaceRoles), created_at: time, joined_at: time },
        { subscription_tier: nullable(text) },
      ),
      { maxLength: 2 },
    ),
  }),
  currentWorkspace: answer(workspace, {
    role: oneOf(workspaceRoles),
    auth_method: text,
    permissions: fc.array(text),
  }),
  token: answer({
    token: text,
    expires_at: time,
    user_id: text,
    workspace: answer(workspace),
    role: oneOf(workspaceRoles),
    permissions: fc.array(text),
  }),
  plans: answer({ plans: fc.array(fc.anything(), { maxLength: 2 }) }),
} as const
