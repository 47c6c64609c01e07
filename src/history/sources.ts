import type { useRunArchiveStore } from '../run-archive/store.ts'
import type { useRunsStore } from '../runs/store.ts'
import type { useSessionStore } from '../session/store.ts'
import type { ClockReading } from '../session/clock-reading.ts'
import type { EventsPage } from './event-feed.ts'

/** Everything the rows of the history are made from. */
export interface Sources {
  readonly session: ReturnType<typeof useSessionStore>
  readonly runArchive: ReturnType<typeof useRunArchiveStore>
  readonly runs: ReturnType<typeof useRunsStore>
  /** The account's events, newest page first; null before the first answer. */
  readonly pages: () => readonly EventsPage[] | null
  readonly hasMore: () => boolean
  /** How the clock of the service stands, by the dates of its answers. */
  readonly answers: () => readonly ClockReading[]
  /** Fetches the account's events again. */
  readonly ask: () => void
}
