import type { useQueryCache } from '@pinia/colada'

/** The start of every query key of ours: ['purse', account id, workspace id, kind of purse]. */
type PurseKey = readonly ['purse', string | null, string | null, string | null]

/**
 * Drops what was asked for anybody else, or in another workspace, and stops what is still being
 * asked, so that a logout leaves nothing in memory.
 */
export function forgetOtherPurses(cache: ReturnType<typeof useQueryCache>, purse: PurseKey): void {
  for (const entry of cache.getEntries({ key: ['purse'] })) {
    if (entry.key[1] === purse[1] && entry.key[2] === purse[2]) continue
    cache.cancel(entry)
    cache.remove(entry)
    // Its own removal, some minutes after the last use, goes by the key: it would take the entry of
    // the same person's next login, which would then be asked for again, and again.
    clearTimeout(entry.gcTimeout)
    if (entry.options) entry.options = { ...entry.options, gcTime: false }
  }
}
