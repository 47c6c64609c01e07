import type { EventsPageBody } from '@comfyui-credits/contract/schemas'
import type { useLedgerStore } from '../run-archive/store.ts'
import type { useRunsStore } from '../runs/store.ts'
import type { useSessionStore } from '../session/store.ts'

export type Page = EventsPageBody & { readonly readAt: number }

/** What the rows of the history are made of. */
export interface Sources {
  readonly session: ReturnType<typeof useSessionStore>
  readonly ledger: ReturnType<typeof useLedgerStore>
  readonly runs: ReturnType<typeof useRunsStore>
  /** What the account has reported, newest page first; null before that. */
  readonly pages: () => readonly Page[] | null
  readonly hasMore: () => boolean
  /** Asks the account again. */
  readonly ask: () => void
}
