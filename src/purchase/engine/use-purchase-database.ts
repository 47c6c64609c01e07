import { promiseTimeout } from '@vueuse/core'
import { onScopeDispose, watch } from 'vue'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { PURCHASES_DATABASE } from '../../storage/stored-data.ts'
import { isOpen, newerProgress, type Progress } from './flow.ts'
import { parsePurchase } from './purchase-storage.ts'

/** By then localStorage has long been written. */
const ENDED_TO_KEEP_MS = 24 * 60 * 60_000

const PATIENCE_MS = 2000

/**
 * Every purchase is on the disk too, and is met there again when a browser was killed before it had
 * written localStorage: as if another tab had reported it.
 */
export function useDisk(met: (accountKey: string, progress: Progress) => void) {
  const billing = useBillingAccountStore()
  const writing = new Set<Promise<void>>()
  let gone = false

  watch(
    () => billing.accountKey,
    async (accountKey) => {
      if (accountKey === null) return
      const known = await read(accountKey)
      if (!gone) for (const progress of known) met(accountKey, progress)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    gone = true
  })

  return {
    put(accountKey: string, progress: Progress): void {
      const written = put(accountKey, progress).finally(() => writing.delete(written))
      writing.add(written)
    },
    /** What any tab has put here before. */
    read: (accountKey: string) => within(read(accountKey), []),
    /** Resolves when other tabs can read what was put. */
    written: () => within(Promise.all(writing), []),
  }
}

/** A database that never answers must not keep anybody from buying. */
function within<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  return Promise.race([answer, promiseTimeout(PATIENCE_MS).then(() => otherwise)])
}

async function read(accountKey: string): Promise<Progress[]> {
  const disk = await load()
  const texts = (await disk?.readFromDisk(PURCHASES_DATABASE, accountKey, isOld)) ?? []
  return texts.flatMap((text) => parsePurchase(text) ?? [])
}

async function put(accountKey: string, progress: Progress): Promise<void> {
  const { attempt } = progress.purchase
  const disk = await load()
  await disk?.putOnDisk(PURCHASES_DATABASE, { place: accountKey, attempt }, (before) => {
    const known = parsePurchase(before)
    return JSON.stringify(known === null ? progress : newerProgress(progress, known))
  })
}

function isOld(text: string): boolean {
  const known = parsePurchase(text)
  return known !== null && !isOpen(known) && known.at < Date.now() - ENDED_TO_KEEP_MS
}

/** After the panel. Null where an update has taken the file away: then localStorage has to do. */
function load() {
  return import('./purchase-database.ts').catch(() => null)
}
