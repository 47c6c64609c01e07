import { onScopeDispose, watch } from 'vue'
import { useRunArchiveStore } from '../run-archive/store.ts'
import { useRunsStore } from '../runs/store.ts'
import type { CostsBySettings } from './estimate.ts'

/** An estimate does not wait longer for the database: it comes again when that has answered. */
const WAIT_MS = 50

interface Following {
  readonly account: string
  readonly settings: ReadonlySet<string>
  readonly stop: AbortController
  readonly first: Promise<void>
  readonly costs: () => CostsBySettings
}

/**
 * What calls with some settings have cost the billing account that pays, by the runs that this browser
 * has stored. `changed` is called when that becomes another answer than the one that was given.
 */
export function useEarlierCosts(
  changed: () => void,
): (settings: readonly string[]) => Promise<CostsBySettings> {
  const archive = useRunArchiveStore()
  const runs = useRunsStore()
  let following: Following | null = null
  function end(): void {
    following?.stop.abort()
    following = null
  }
  onScopeDispose(end)
  watch(
    () => [archive.followCosts, runs.accountKey] as const,
    () => {
      end()
      changed()
    },
    { flush: 'sync' },
  )

  function follow(account: string, settings: readonly string[]): Following {
    const stop = new AbortController()
    let costs: CostsBySettings = new Map()
    let isAnswered = false
    const first = new Promise<void>((resolve) => {
      const answer = (): void => {
        isAnswered = true
        resolve()
      }
      const receive = (now: CostsBySettings): void => {
        if (stop.signal.aborted) return
        const isNews = isAnswered && now.size + costs.size > 0
        costs = now
        answer()
        if (isNews) changed()
      }
      setTimeout(answer, WAIT_MS)
      archive.followCosts?.(account, settings, receive, answer, stop.signal)
    })
    return { account, settings: new Set(settings), stop, first, costs: () => costs }
  }

  return async (settings) => {
    const account = runs.accountKey
    if (account === null || settings.length === 0 || archive.followCosts === null) return new Map()
    const known = following
    if (known?.account !== account || settings.some((name) => !known.settings.has(name))) {
      end()
      following = follow(account, settings)
    }
    const current = following ?? known
    await current?.first
    return current?.costs() ?? new Map()
  }
}
