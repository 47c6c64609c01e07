import type { ShallowRef } from 'vue'
import type { Recent, RunArchive } from './port.ts'
import type { RunSummary } from './summary.ts'

interface Following {
  readonly accountKey: string
  /** Those of the newest runs alone; all without it. */
  readonly recent?: Recent
  readonly failed: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Keeps `summaries` as they are stored until the signal aborts. */
export function followSummaries(
  archive: Pick<RunArchive, 'followAll'>,
  summaries: ShallowRef<readonly RunSummary[] | null>,
  { accountKey, recent, failed, signal }: Following,
): void {
  const listener = (all: readonly RunSummary[]): void => {
    if (!signal.aborted) summaries.value = all
  }
  archive.followAll(accountKey, listener, failed, signal, recent)
}
