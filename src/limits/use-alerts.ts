import { onScopeDispose, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { inOneTab } from '../storage/tab-lock.ts'
import {
  dueShare,
  lowBalanceOf,
  readAlertRecord,
  withShare,
  writeAlertRecord,
  type AlertRecord,
} from './alert-record.ts'
import type { LimitAlert } from './alert.ts'
import type { LimitSettings } from './limit.ts'
import type { LimitProgress } from './progress.ts'

interface Watched {
  readonly settings: () => LimitSettings
  readonly progress: () => readonly LimitProgress[]
}

/** Alerts once to each thing that happens, in whichever tab sees it first, while anybody listens. */
export function useAlerts(watched: Watched) {
  const runs = useRunsStore()
  const balance = useBalanceStore()
  const due = useDueAlerts(watched)
  const listeners = new Set<(alert: LimitAlert) => void>()
  const over = new AbortController()
  let off: (() => void) | null = null
  onScopeDispose(() => {
    over.abort()
    listeners.clear()
  })

  function emit(alert: LimitAlert): void {
    for (const listener of listeners) listener(alert)
  }

  async function look(): Promise<void> {
    const { accountKey } = runs
    if (accountKey === null || !due.areThere(accountKey)) return
    const { signal } = over
    const alerts = await inOneTab('limit-alerts', async () => due.take(accountKey), { signal })
    if (runs.accountKey === accountKey) for (const alert of alerts) emit(alert)
  }

  function begin(): () => void {
    return watch(
      () => [watched.progress(), watched.settings(), balance.reading] as const,
      () => {
        look().catch((error: unknown) => {
          if (!over.signal.aborted) reportError(error)
        })
      },
      { immediate: true },
    )
  }

  function onAlert(listener: (alert: LimitAlert) => void): () => void {
    listeners.add(listener)
    off ??= begin()
    return () => {
      listeners.delete(listener)
      if (listeners.size > 0) return
      off?.()
      off = null
    }
  }

  return { emit, onAlert }
}

/** What no tab has alerted to yet. */
function useDueAlerts({ settings, progress }: Watched) {
  const balance = useBalanceStore()
  const storage = browserStorage()

  function dueOf(accountKey: string): { alerts: LimitAlert[]; record: AlertRecord } {
    const alerts: LimitAlert[] = []
    let record = readAlertRecord(storage, accountKey)
    const all = progress()
    for (const each of all) {
      const percent = each.resetsAt === null ? null : dueShare(each, record)
      if (percent === null) continue
      record = withShare(record, each, percent, all)
      alerts.push({ kind: 'share', progress: each, percent })
    }
    const { lowBalanceUsdMicros: threshold } = settings()
    const { reading } = balance
    if (threshold === null || reading?.accountKey !== accountKey) return { alerts, record }
    const low = lowBalanceOf(reading.usdMicros, threshold, record)
    if (low.isDue) {
      const { usdMicros: balanceUsdMicros } = reading
      alerts.push({ kind: 'low-balance', balanceUsdMicros, thresholdUsdMicros: threshold })
    }
    return { alerts, record: low.record }
  }

  return {
    /** Without the lock: another tab may be first. */
    areThere(accountKey: string): boolean {
      const before = readAlertRecord(storage, accountKey)
      const { alerts, record } = dueOf(accountKey)
      return alerts.length > 0 || record.lowBalance !== before.lowBalance
    },
    take(accountKey: string): LimitAlert[] {
      const { alerts, record } = dueOf(accountKey)
      writeAlertRecord(storage, accountKey, record)
      return alerts
    },
  }
}
