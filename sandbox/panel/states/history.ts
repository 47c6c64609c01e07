import { PanelAccount } from '../account.ts'
import type { PanelState } from './state.ts'

/** What the sample runs have left of their credits. */
const afterRuns = (): PanelAccount => new PanelAccount(9.94)
const FORTY: PanelState = { account: afterRuns, runs: 40, tab: 'history' }

/** What runs have cost. */
export const historyStates: Readonly<Record<string, PanelState>> = {
  overview: { account: afterRuns, runs: 40 },
  history: FORTY,
  'many-runs': { account: afterRuns, runs: 100_000, tab: 'history' },
  receipt: {
    ...FORTY,
    async next({ press }) {
      await press('tr[data-index="1"] button')
      await press('.cc-opened summary')
    },
  },
  charts: { ...FORTY, next: ({ press }) => press('.cc-tools > .cc-button') },
  filters: { ...FORTY, next: ({ press }) => press('.cc-tools > span:nth-of-type(2) button') },
  export: { ...FORTY, next: ({ press }) => press('.cc-tools > span:nth-of-type(3) button') },
  settings: { ...FORTY, tab: 'settings' },
  delete: { ...FORTY, tab: 'settings', next: ({ press }) => press('.cc-button-danger') },
}
