import { PanelAccount } from '../account.ts'
import { storeSampleLimits, storeSampleRunaway } from '../sample-limits.ts'
import { sampleSpending } from '../sample-runs.ts'
import { pressUntilAsked, samplePaidWorkflow } from '../sample-workflow.ts'
import type { PanelState, Stage } from './state.ts'

const RUNS = 40

const common: PanelState = {
  account: () => new PanelAccount(9.94),
  runs: RUNS,
  host: { openWorkflow: samplePaidWorkflow },
}
const limited: PanelState = {
  ...common,
  store: (accountKey, now) => storeSampleLimits(accountKey, sampleSpending(RUNS, now), now),
}

/** What a person has set for their spending. */
export const limitStates: Readonly<Record<string, PanelState>> = {
  'limits-new': { ...common, tab: 'limits' },
  limits: { ...limited, tab: 'limits' },
  'limit-form': { ...limited, tab: 'limits', next: ({ press }) => press('.cc-limit-add') },
  'limit-question': { ...limited, next: asked('button') },
  'limit-form-wrong': {
    ...limited,
    tab: 'limits',
    async next({ press, fill }) {
      await press('.cc-limit-add')
      await fill('.cc-limit-form input', 'many')
      await press('.cc-limit-form [type=submit]')
    },
  },
  'limit-no-reason': {
    ...limited,
    async next(stage) {
      await asked('button')(stage)
      await stage.press('.cc-guard-dialog footer .cc-button:first-child')
    },
  },
  'runaway-question': { ...common, store: storeSampleRunaway, next: asked('auto_queue') },
}

function asked(source: string) {
  return async ({ host, seen }: Stage): Promise<void> => {
    void pressUntilAsked(host, { source, batch: 1 })
    await seen('.cc-guard-dialog')
  }
}
