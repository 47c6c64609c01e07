import { computed, onScopeDispose, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useCreditsContext } from '../context.ts'
import type { Estimate } from '../estimate/estimate.ts'
import { useEstimateStore } from '../estimate/store.ts'
import { amountOf } from './amount.ts'
import type { ComfyCredits, WorkflowEstimate } from './comfy-credits.d.ts'
import { useSpentToday } from './use-spent-today.ts'

/** Reads of our stores what others may know, until the scope is disposed. */
export function usePublicApi(): ComfyCredits {
  const { host } = useCreditsContext()
  const store = { balance: useBalanceStore(), estimate: useEstimateStore() }
  let isOver = false
  onScopeDispose(() => {
    isOver = true
  })
  const balance = computed(() => {
    const { figure } = store.balance
    if (figure === null) return null
    return Object.freeze({ ...amountOf(figure.usdMicros), at: figure.at, isFresh: figure.fresh })
  })
  const estimate = computed(() => estimateOf(store.estimate.current))
  return {
    version: 1,
    // Somebody may keep the object after the logout.
    get balance() {
      return isOver ? null : balance.value
    },
    get estimate() {
      return isOver ? null : estimate.value
    },
    async estimateNow(batchCount) {
      return isOver
        ? null
        : estimateOf(await store.estimate.estimateNow(batchCount ?? host.batchCount()))
    },
    spentToday: useSpentToday(),
    subscribe: useSubscribers(() => ({ balance: balance.value, estimate: estimate.value })),
  }
}

type Now = Pick<ComfyCredits, 'balance' | 'estimate'>

function useSubscribers(now: () => Now): ComfyCredits['subscribe'] {
  const listeners = new Set<(now: Now) => void>()
  watch(now, (changed) => {
    for (const listener of listeners) {
      try {
        listener(changed)
      } catch (error) {
        reportError(error) // Its own fault, and no other listener's.
      }
    }
  })
  onScopeDispose(() => listeners.clear())
  return (listener) => {
    const own = (changed: Now) => listener(changed)
    listeners.add(own)
    return () => void listeners.delete(own)
  }
}

function estimateOf(known: Estimate | null): WorkflowEstimate | null {
  if (known === null) return null
  const { total, nodes } = known
  return Object.freeze({
    min: amountOf(total.minUsdMicros),
    typical: amountOf(total.typicalUsdMicros),
    max: amountOf(total.maxUsdMicros),
    unknown: total.unknown,
    nodes: nodes.map(({ id, type, amount, reason }) => ({
      id,
      type,
      typical: amount && amountOf(amount.typicalUsdMicros),
      reason: reason?.code ?? null,
    })),
  })
}
