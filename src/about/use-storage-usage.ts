import { computed, shallowRef, watch } from 'vue'
import type { Archive, KeptSize } from '../run-archive/port.ts'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'

/** Where the runs of the current billing account are kept. */
export interface Kept {
  readonly archive: Archive
  readonly place: string
}

const NOTHING: KeptSize = { runs: 0, since: null, bytes: 0 }

/**
 * What is kept of the current billing account, and how much that is; both null while they are not
 * known.
 */
export function useKept() {
  const runArchive = useRunArchiveStore()
  const runs = useRunsStore()
  const kept = computed((): Kept | null => {
    const { archive } = runArchive
    const { place } = runs
    return archive === null || place === null ? null : { archive, place }
  })
  const size = shallowRef<KeptSize | 'unreadable' | null>(null)

  async function measure(): Promise<void> {
    const asked = kept.value
    size.value = null
    const known = await asked?.archive.size(asked.place).catch(() => 'unreadable' as const)
    if (kept.value === asked) size.value = known ?? null
  }

  /** Not measured: that would make a database again. */
  function deleted(): void {
    size.value = NOTHING
  }

  // At once: what is here must never be another billing account's.
  watch(kept, () => void measure(), { immediate: true, flush: 'sync' })
  return { kept, size, measure, deleted }
}
