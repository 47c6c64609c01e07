import { defineStore } from 'pinia'
import { onScopeDispose, shallowRef } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { Host, PurseContext } from '../host/port.ts'
import { parseRunEvent } from './events.ts'
import { emptyRecorder, record, type GraphFacts } from './recorder.ts'
import type { Run } from './run.ts'

/** The runs of this page, newest first; forgotten when the login or the workspace changes. */
export const useRunsStore = defineStore('runs', () => {
  const { host } = useCreditsContext()
  const runs = shallowRef<readonly Run[]>([])
  const finishedListeners = new Set<(run: Run) => void>()
  let state = emptyRecorder

  const offEvents = host.onRunEvent((raw) => {
    const event = parseRunEvent(raw)
    if (!event) return
    const before = state.open?.promptId
    state = record(state, event, graphOf(host))
    runs.value = state.runs
    if (before !== undefined && state.open?.promptId !== before) tellFinished(before)
  })

  function tellFinished(promptId: string): void {
    const run = state.runs.find((candidate) => candidate.promptId === promptId)
    if (run) for (const listener of finishedListeners) listener(run)
  }

  function forget(): void {
    state = emptyRecorder
    runs.value = state.runs
  }
  const offAccount = host.onAccountChange(forget)
  let workspaceId = workspaceIdOf(host.purseContext())
  const offPurse = host.onPurseContextChange((context) => {
    const next = workspaceIdOf(context)
    if (next === null) return
    if (workspaceId !== null && workspaceId !== next) forget()
    workspaceId = next
  })

  onScopeDispose(() => {
    offEvents()
    offAccount()
    offPurse()
    finishedListeners.clear()
  })

  /** Called once for each run that has ended, however it ended. */
  function onFinished(listener: (run: Run) => void): () => void {
    finishedListeners.add(listener)
    return () => finishedListeners.delete(listener)
  }

  return { runs, onFinished }
})

function workspaceIdOf(context: PurseContext): string | null {
  return context.state === 'workspace' ? context.workspace.id : null
}

function graphOf(host: Host): GraphFacts {
  return {
    get workflow() {
      return host.workflowName()
    },
    node: (nodeId) => host.describeNode(nodeId),
  }
}
