import { onScopeDispose, watch } from 'vue'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { PURCHASES_DATABASE } from '../../storage/stored-data.ts'
import { isOpen, newerProgress, type Progress } from './flow.ts'
import { parsePurchase } from './purchase-storage.ts'

/** By then localStorage has long been written. */
const ENDED_TO_KEEP_MS = 24 * 60 * 60_000

/**
 * Every purchase is on the disk too, and is met there again when a browser was killed before it had
 * written localStorage: as if another tab had reported it.
 */
export function useDisk(met: (accountKey: string, progress: Progress) => void) {
  const billing = useBillingAccountStore()
  let gone = false
  let recovered = Promise.resolve()

  async function recover(accountKey: string): Promise<void> {
    const disk = await load()
    const texts = (await disk?.readFromDisk(PURCHASES_DATABASE, accountKey, isOld)) ?? []
    const known = texts.flatMap((text) => parsePurchase(text) ?? [])
    if (!gone) for (const progress of known) met(accountKey, progress)
  }

  watch(
    () => billing.accountKey,
    (accountKey) => {
      if (accountKey !== null) recovered = recover(accountKey)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    gone = true
  })

  return {
    async put(accountKey: string, progress: Progress): Promise<void> {
      const { attempt } = progress.purchase
      const disk = await load()
      await disk?.putOnDisk(PURCHASES_DATABASE, { place: accountKey, attempt }, (before) => {
        const known = parsePurchase(before)
        return JSON.stringify(known === null ? progress : newerProgress(progress, known))
      })
    },
    /** Until then nobody knows how far a purchase of before has come. */
    recovered: () => recovered,
  }
}

function isOld(text: string): boolean {
  const known = parsePurchase(text)
  return known !== null && !isOpen(known) && known.at < Date.now() - ENDED_TO_KEEP_MS
}

/** After the panel. Null where an update has taken the file away: then localStorage has to do. */
function load() {
  return import('./purchase-database.ts').catch(() => null)
}
