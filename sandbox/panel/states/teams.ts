import { PanelAccount } from '../account.ts'
import { sampleEvents } from '../sample-events.ts'
import { TEAM, teamAnswers } from '../workspace.ts'
import { meet } from './buying.ts'
import type { PanelState, Stage } from './state.ts'

const people = () => new PanelAccount(10, sampleEvents(Date.now()))
const owners = teamAnswers(people(), true)
const members = teamAnswers(people(), false)

/** Where a workspace pays. */
export const teamStates: Readonly<Record<string, PanelState>> = {
  team: { host: { billingContext: TEAM }, cloud: owners },
  'team-member': { host: { billingContext: TEAM }, cloud: members },
  'team-limit': {
    host: { billingContext: TEAM },
    cloud: {
      ...members,
      capabilities: {
        capabilities: { can_top_up: false, can_run_workflows: false },
        denied_reasons: { can_run_workflows: 'user_cap_exceeded' },
      },
    },
  },
  'team-unreachable': { host: { billingContext: { state: 'unreachable' } } },
  card: {
    host: { billingContext: TEAM },
    cloud: owners,
    async next({ credits, press }) {
      credits.openPurchase()
      await press('.cc-presets button:nth-child(2)')
      await press('.cc-dialog [type=submit]')
    },
  },
  bank: {
    host: { billingContext: TEAM },
    cloud: {
      ...owners,
      operation: {
        id: 'op_1',
        status: 'pending',
        authentication_state: 'requires_action',
        action_url: 'https://hooks.stripe.com/3d_secure/sample',
      },
    },
    next: chargeTheCard,
  },
}

/** A charge of the saved card that another tab began. */
async function chargeTheCard(stage: Stage): Promise<void> {
  stage.credits.openPurchase()
  await stage.seen('.cc-buy-form')
  const startedAt = Date.now() - 1000
  meet(stage, {
    step: 'paid',
    at: startedAt,
    purchase: {
      attempt: 'c4a26e',
      way: 'card',
      usdMicros: 25_000_000,
      beforeUsdMicros: 100_000_000,
      startedAt,
      card: { brand: 'visa', last4: '4242' },
      checkoutUrl: null,
      sessionId: null,
      operationId: 'op_1',
      earlierEventIds: [],
    },
  })
}
