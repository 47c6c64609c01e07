import type { CreditsInstance } from '../../../src/panel/mount.ts'
import type { PanelTab } from '../../../src/session/panel-tab.ts'
import type { PanelAccount } from '../account.ts'
import type { Answers } from '../handlers.ts'
import type { PanelHost, PanelHostOptions } from '../host.ts'
import type { CloudAnswers } from '../workspace.ts'

/** One state of the panel on the development page. */
export interface PanelState {
  /** `now` is epoch milliseconds. By default a week of an account with 10 USD. */
  readonly account?: (now: number) => PanelAccount
  readonly answers?: (usual: Answers, account: PanelAccount) => Answers
  /** What a workspace's service answers. */
  readonly cloud?: CloudAnswers
  readonly host?: PanelHostOptions
  /** How many sample runs this browser has stored of the account. */
  readonly runs?: number
  /** Stores what else this browser has of the account. */
  readonly store?: (accountKey: string, now: number) => void
  readonly tab?: PanelTab
  /** What happens once the panel is there. */
  readonly next?: (stage: Stage) => Promise<void> | void
}

export interface Stage {
  readonly host: PanelHost
  readonly account: PanelAccount
  readonly accountKey: string
  readonly credits: CreditsInstance
  /** Waits for it. The selector holds in every language. */
  seen(selector: string): Promise<HTMLElement>
  /** Waits for it, and presses it. */
  press(selector: string): Promise<void>
  /** Waits for a field or a choice, and gives it a value. */
  fill(selector: string, value: string): Promise<void>
}
