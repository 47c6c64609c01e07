import type { useQueryCache } from '@pinia/colada'

/** The start of each of our query keys: ['billingAccount', account id, workspace id, kind]. */
type BillingAccountKey = readonly ['billingAccount', string | null, string | null, string | null]

/**
 * Drops what was asked for anybody else, or in another workspace, and stops what is still being
 * asked, so that a logout leaves nothing in memory.
 */
export function forgetOtherBillingAccounts(
  cache: ReturnType<typeof useQueryCache>,
  billingAccount: BillingAccountKey,
): void {
  for (const entry of cache.getEntries({ key: ['billingAccount'] })) {
    if (entry.key[1] === billingAccount[1] && entry.key[2] === billingAccount[2]) continue
    cache.cancel(entry)
    cache.remove(entry)
    // Its own removal, some minutes after the last use, goes by the key: it would take the entry of
    // the same person's next login, which would then be asked for again, and again.
    clearTimeout(entry.gcTimeout)
    if (entry.options) entry.options = { ...entry.options, gcTime: false }
  }
}
