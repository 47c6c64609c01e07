import type { billingStatuses, RunDenial, TopUpDenial } from '@comfyui-credits/contract/billing'
import { useTexts, type TextKey } from '../i18n/texts.ts'
import { shownText } from '../ui/shown-text.ts'
import type { Denial, Rights } from './port.ts'
import { useBillingAccountStore } from './store.ts'

type Reason = RunDenial | TopUpDenial | Exclude<(typeof billingStatuses)[number], 'paid'>

/** Null: only an owner may, which says it all. */
const known = {
  manual_block: 'denied.blocked',
  subscription_inactive: 'denied.inactive',
  inactive: 'denied.inactive',
  subscription_ended: 'denied.inactive',
  no_subscription: 'denied.inactive',
  payment_past_due: 'denied.pastDue',
  no_funds: 'denied.noFunds',
  free_tier_exhausted: 'denied.freeUsedUp',
  workspace_cap_exceeded: 'denied.workspaceCap',
  project_cap_exceeded: 'denied.projectCap',
  user_cap_exceeded: 'denied.userCap',
  paused: 'denied.paused',
  payment_failed: 'denied.paymentFailed',
  awaiting_payment_method: 'denied.noCard',
  pending_payment: 'denied.pendingPayment',
  tier_not_self_serve: 'denied.plan',
  free_plan: 'denied.plan',
  subscription_status_unrecognized: 'denied.other',
  not_a_member: null,
  not_workspace_owner: null,
  creator_only_provisioning: null,
} as const satisfies Record<Reason, TextKey | null>

const texts: ReadonlyMap<string, TextKey | null> = new Map(Object.entries(known))

/** Why something is denied, and who can change it. */
export function useDenialWords() {
  const t = useTexts()
  const billing = useBillingAccountStore()

  function whoCan(owners: Rights['owners']): string {
    return owners.length === 0
      ? t('denied.ownersChange')
      : t('denied.namedOwnersChange', { owners: shownText(owners.join(', ')) })
  }

  function because(reason: string, owners: Rights['owners']): string {
    const key = texts.get(reason) ?? 'denied.other'
    // Support alone can lift a block.
    return reason === 'manual_block' ? t(key) : `${t(key)} ${whoCan(owners)}`
  }

  return {
    /** Why no run may start; null where nobody says so. */
    run(): string | null {
      const { runDenial, owners } = billing.rights
      return runDenial === null ? null : because(runDenial, owners)
    },
    /** Why a run was refused, as the account said then; null where it did not. */
    ofRun(denial: Denial | undefined): string | null {
      const { reason = null, owners = [] } = denial ?? {}
      return reason === null ? null : because(reason, owners)
    },
    /** Why nothing can be bought; null where it can be. */
    topUp(): string | null {
      const { canTopUp, topUpDenial, owners } = billing.rights
      if (billing.account === null || canTopUp) return null
      if (topUpDenial !== null && texts.get(topUpDenial) !== null) {
        return because(topUpDenial, owners)
      }
      return owners.length === 0
        ? t('billing.ownersBuy')
        : t('billing.namedOwnersBuy', { owners: shownText(owners.join(', ')) })
    },
  }
}
