import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import { usePurseStore } from '../purse/store.ts'
import { parseRunEvent } from './events.ts'
import { emptyRecorder, record, runsOf, type HostFacts } from './recorder.ts'
import type { Run } from './run.ts'

/** The runs of this page that the purse of now pays, newest first; forgotten with the login. */
export const useRunsStore = defineStore('runs', () => {
  const { host } = useCreditsContext()
  const purses = usePurseStore()
  const state = shallowRef(emptyRecorder)
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
    state.value = record(state.value, event, facts)
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
    state.value = emptyRecorder
  })

  /** While it is not known which purse pays, the one that did. */
  const place = shallowRef(purses.place)
  watch(
    () => purses.place,
    (now) => {
      if (now !== null) place.value = now
    },
    { flush: 'sync' },
  )
  const runs = computed(() =>
    runsOf(state.value).filter(({ purse }) => purse === null || purse === place.value),
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

  return { runs, onFinished }
})
