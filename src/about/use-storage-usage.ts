import { computed, shallowRef, watch } from 'vue'
import type { Archive, StoredSize } from '../run-archive/port.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'

/** Where the runs of the current billing account are stored. */
export interface StoredArchive {
  readonly archive: Archive
  readonly accountKey: string
}

const NOTHING: StoredSize = { runs: 0, since: null, bytes: 0 }

/**
 * What is stored of the current billing account, and how much that is; both null while they are not
 * known.
 */
export function useStorageUsage() {
  const runArchive = useRunArchiveStore()
  const runs = useRunsStore()
  const stored = computed((): StoredArchive | null => {
    const { archive } = runArchive
    const accountKey = runs.accountKey
    return archive === null || accountKey === null ? null : { archive, accountKey }
  })
  const size = shallowRef<StoredSize | 'unreadable' | null>(null)

  async function measure(): Promise<void> {
    const asked = stored.value
    size.value = null
    const known = await asked?.archive.size(asked.accountKey).catch(() => 'unreadable' as const)
    if (stored.value === asked) size.value = known ?? null
  }

  /** Not measured: that would make a database again. */
  function deleted(): void {
    size.value = NOTHING
  }

  // At once: what is here must never be another billing account's.
  watch(stored, () => void measure(), { immediate: true, flush: 'sync' })
  return { stored, size, measure, deleted }
}
