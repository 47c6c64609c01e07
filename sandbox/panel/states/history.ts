import { PanelAccount } from '../account.ts'
import type { PanelState, Stage } from './state.ts'

/** What the sample runs have left of their credits. */
const afterRuns = (): PanelAccount => new PanelAccount(9.94)
const FORTY: PanelState = { account: afterRuns, runs: 40, tab: 'history' }

const FILTERS = '.cc-tools > span:nth-of-type(2) button'
const EXPORT = '.cc-tools > span:nth-of-type(3) button'
const CHARTS = '.cc-tools > .cc-button'

const chart = (place: number): PanelState => ({
  ...FORTY,
  async next({ press }: Stage) {
    await press(CHARTS)
    await press(`.cc-pictures .cc-segments > :nth-child(${place})`)
  },
})

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
  groups: {
    ...FORTY,
    async next({ fill, press }) {
      await fill('.cc-tools select', 'workflow')
      await press('tr[data-index="1"] button')
    },
  },
  'no-match': { ...FORTY, next: ({ fill }) => fill('.cc-search input', 'Nothing is called so') },
  charts: chart(1),
  'chart-workflows': chart(2),
  'chart-outcomes': chart(3),
  'chart-balance': chart(4),
  'chart-table': {
    ...FORTY,
    async next({ press }) {
      await press(CHARTS)
      await press('.cc-picture-head .cc-button')
    },
  },
  filters: { ...FORTY, next: ({ press }) => press(FILTERS) },
  'filters-set': {
    ...FORTY,
    async next({ press, fill }) {
      await press(FILTERS)
      await fill('.cc-time select', 'own')
      await press('.cc-filter-pair + .cc-filter-pair label:nth-child(1) input')
      await press('.cc-filter-pair + .cc-filter-pair label:nth-child(2) input')
    },
  },
  export: { ...FORTY, next: ({ press }) => press(EXPORT) },
  saved: {
    ...FORTY,
    async next({ press }) {
      await press(EXPORT)
      await press('.cc-out-actions button')
      await press('[role=status] bdi:not(:empty)')
    },
  },
  settings: { ...FORTY, tab: 'settings' },
  delete: { ...FORTY, tab: 'settings', next: ({ press }) => press('.cc-button-danger') },
}
