import { accountStates } from './account.ts'
import { buyingStates } from './buying.ts'
import { historyStates } from './history.ts'
import { limitStates } from './limits.ts'
import { pageStates } from './pages.ts'
import { runningStates } from './running.ts'
import type { PanelState } from './state.ts'
import { teamStates } from './teams.ts'

/** Every state of every screen, by what it is about. */
export const stateGroups: Readonly<Record<string, Readonly<Record<string, PanelState>>>> = {
  account: accountStates,
  history: historyStates,
  buying: buyingStates,
  teams: teamStates,
  running: runningStates,
  limits: limitStates,
  pages: pageStates,
}

export const states: Readonly<Record<string, PanelState>> = Object.assign(
  {},
  ...Object.values(stateGroups),
)
