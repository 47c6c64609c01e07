import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { useCreditsContext } from '../context.ts'
import { usePurseStore } from '../purse/store.ts'
import { useSessionStore } from '../session.ts'
import { parseRunEvent } from './events.ts'
import { emptyRecorder, record, runsOf, type HostFacts } from './recorder.ts'
import type { Run } from './run.ts'

/** The runs of this page that the purse of now pays, newest first; forgotten with the login. */
export const useRunsStore = defineStore('runs', () => {
  const { host } = useCreditsContext()
  const purses = usePurseStore()
  const session = useSessionStore()
  const accountId = computed(() => session.account?.id ?? null)
  /** With whose runs they are: a login that has changed must not see them for a moment. */
  const recorded = shallowRef({ account: accountId.value, state: emptyRecorder })
  const state = computed(() =>
    recorded.value.account === accountId.value ? recorded.value.state : emptyRecorder,
  )
  /** When the server was last seen with nothing to do; epoch milliseconds. */
  const idleAt = ref<number | null>(null)
  const finishedListeners = new Set<(run: Run) => void>()

  const facts: HostFacts = {
    get purse() {
      return purses.place
    },
    get workflow() {
      return host.workflowName()
    },
    node: (nodeId) => host.describeNode(nodeId),
  }

  const offEvents = host.onRunEvent((raw) => {
    const event = parseRunEvent(raw)
    if (!event) return
    const before = state.value.ended
    if (event.kind === 'queue-empty') idleAt.value = event.at
    recorded.value = { account: accountId.value, state: record(state.value, event, facts) }
    if (state.value.ended !== before) tellFinished(before)
  })

  function tellFinished(before: readonly Run[]): void {
    const known = new Set(before.map((run) => run.promptId))
    for (const run of state.value.ended) {
      // Newest first: from here on all were there before.
      if (known.has(run.promptId)) return
      for (const listener of finishedListeners) listener(run)
    }
  }

  const offAccount = host.onAccountChange(() => {
    recorded.value = { account: accountId.value, state: emptyRecorder }
  })

  const place = useLastPlace(accountId)
  const all = computed(() => runsOf(state.value))
  const runs = computed(() =>
    all.value.filter(({ purse }) => purse === null || purse === place.value),
  )

  onScopeDispose(() => {
    offEvents()
    offAccount()
    finishedListeners.clear()
  })

  /** Called for each run that has ended, however it ended. */
  function onFinished(listener: (run: Run) => void): () => void {
    finishedListeners.add(listener)
    return () => finishedListeners.delete(listener)
  }

  return {
    runs,
    /** Of every purse of this login. */
    all,
    place,
    idleAt,
    onFinished,
  }
})

/** The purse that pays; while it is not known which one does, the one that did for this login. */
function useLastPlace(accountId: ComputedRef<string | null>) {
  const purses = usePurseStore()
  const last = shallowRef<{ account: string; place: string } | null>(null)
  watch(
    () => purses.place,
    (place) => {
      const account = accountId.value
      if (place !== null && account !== null) last.value = { account, place }
    },
    { flush: 'sync', immediate: true },
  )
  return computed(() => (last.value?.account === accountId.value ? last.value.place : null))
}
