import type { OpenDatabase } from '../database/open.ts'

/** The channel of the triggers in the migration `account_news`; a payload is an account's id. */
const CHANNEL = 'account_news'

/** `end`: nothing more will be told, since the service ends. */
export type AccountWord = 'changed' | 'end'

/** Tells who watches an account of every commit that changed what it shows, by any process. */
export interface AccountNews {
  /** Calls back after each such commit, until the function it gives is called. */
  watch(accountId: string, heard: (word: AccountWord) => void): () => void
  /** How many watch the account now, at this process. */
  watchers(accountId: string): number
  close(): Promise<void>
}

export async function openAccountNews(
  database: Pick<OpenDatabase, 'listen'>,
): Promise<AccountNews> {
  const watching = new Map<string, Set<(word: AccountWord) => void>>()
  let closed = false
  const tell = (accountId: string | null, word: AccountWord) => {
    const told = accountId === null ? [...watching.values()] : [watching.get(accountId) ?? []]
    for (const watchers of told) for (const heard of watchers) heard(word)
  }
  const stop = await database.listen(CHANNEL, (accountId) => tell(accountId, 'changed'))
  return {
    watch(accountId, heard) {
      if (closed) heard('end')
      const watchers = watching.get(accountId) ?? new Set()
      watching.set(accountId, watchers.add(heard))
      return () => {
        watchers.delete(heard)
        if (watchers.size === 0 && watching.get(accountId) === watchers) watching.delete(accountId)
      }
    },
    watchers: (accountId) => watching.get(accountId)?.size ?? 0,
    async close() {
      closed = true
      tell(null, 'end')
      await stop()
    },
  }
}
