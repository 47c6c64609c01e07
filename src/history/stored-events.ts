import type { AccountEvent } from '../account-events/account-event.ts'
import { kindOf } from '../account-events/kinds.ts'
import type { RunSummary } from '../run-archive/summary.ts'
import type { HistoryRow } from './row.ts'
import { buildRows } from './rows.ts'

interface Beside {
  /** What the account itself lists, as far as it is loaded. */
  readonly listed: readonly AccountEvent[]
  readonly rows: readonly HistoryRow[]
  readonly summaries: readonly RunSummary[]
}

/** Rows of imported events, newest first, but for those that the history shows already. */
export function rowsOfStoredEvents(
  stored: readonly AccountEvent[],
  { listed, rows, summaries }: Beside,
): readonly HistoryRow[] {
  if (stored.length === 0) return []
  const names = new Set(listed.flatMap(namesOf))
  const events = stored.filter((event) => !namesOf(event).some((name) => names.has(name)))
  const own = buildRows({ events, runs: [], hasMore: false, readAt: null })
  const runs = new Set(own.flatMap(({ promptId }) => promptId ?? []))
  const shown = new Set(
    [...rows, ...summaries].flatMap(({ promptId }) =>
      promptId !== null && runs.has(promptId) ? [promptId] : [],
    ),
  )
  return own.filter(({ promptId }) => promptId === null || !shown.has(promptId))
}

/** One payment may be reported under several ids. */
function namesOf(event: AccountEvent): string[] {
  const { id, transactionId } = event
  const payment = transactionId === null ? [] : [`${kindOf(event)} ${transactionId}`]
  return [`event ${id}`, ...payment]
}
