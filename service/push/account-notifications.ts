import type { OpenDatabase } from '../database/open.ts'

/** The channel of the triggers in the migration `account_news`; a payload is an account's id. */
const CHANNEL = 'account_news'

/** `end`: the service is shutting down, so no more notifications follow. */
export type AccountNotification = 'changed' | 'end'

type Listener = (notification: AccountNotification) => void

/** Notifies watchers of an account of every commit, by any process, that changed what it shows. */
export interface AccountNotifications {
  /** Calls the listener after each such commit. Returns a function that stops it. */
  watch(accountId: string, listener: Listener): () => void
  /** How many listeners watch the account now, in this process. */
  watchers(accountId: string): number
  close(): Promise<void>
}

export async function openAccountNotifications(
  database: Pick<OpenDatabase, 'listen'>,
): Promise<AccountNotifications> {
  const watching = new Map<string, Set<Listener>>()
  let closed = false
  /** Null notifies the watchers of every account. */
  const notify = (accountId: string | null, notification: AccountNotification) => {
    const notified = accountId === null ? [...watching.values()] : [watching.get(accountId) ?? []]
    for (const listeners of notified) for (const listener of listeners) listener(notification)
  }
  const stop = await database.listen(CHANNEL, (accountId) => notify(accountId, 'changed'))
  return {
    watch(accountId, listener) {
      if (closed) listener('end')
      const listeners = watching.get(accountId) ?? new Set()
      watching.set(accountId, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0 && watching.get(accountId) === listeners) {
          watching.delete(accountId)
        }
      }
    },
    watchers: (accountId) => watching.get(accountId)?.size ?? 0,
    async close() {
      closed = true
      notify(null, 'end')
      await stop()
    },
  }
}
