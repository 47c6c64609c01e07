import type { Denial } from '../billing-account/port.ts'
import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { useCreditsContext } from '../context.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useClockStore } from '../session/clock.ts'
import { useSessionStore } from '../session/store.ts'
import type { Recorded, RunRecorder } from './run-recorder.ts'
import type { HostFacts } from './recorder.ts'
import type { Origin, Run } from './run.ts'

const nothing: Recorded = { runs: [], ended: [], overheard: [], refused: [], node: null }

/**
 * The runs of this page that the current billing account pays, newest first; forgotten with the
 * login.
 */
export const useRunsStore = defineStore('runs', () => {
  const session = useSessionStore()
  const { host } = useCreditsContext()
  const clock = useClockStore()
  const accountId = computed(() => session.account?.id ?? null)
  /** With whose runs they are: a login that has changed must not see them for a moment. */
  const heard = shallowRef({ account: accountId.value, recorded: nothing })
  const recorded = computed(() =>
    heard.value.account === accountId.value ? heard.value.recorded : nothing,
  )
  /** When the server was last seen with nothing to do; epoch milliseconds. */
  const idleAt = ref<number | null>(null)
  const finished = useListeners()
  const denied = useListeners()

  const { recording, ...recorder } = recordRuns(
    (now) => {
      const before = recorded.value.ended
      heard.value = { account: accountId.value, recorded: now }
      if (now.ended !== before) tellFinished(before)
    },
    (at) => {
      idleAt.value = at
    },
  )

  function tellFinished(before: readonly Run[]): void {
    const known = new Set(before.map((run) => run.promptId))
    for (const run of recorded.value.ended) {
      // Newest first: from here on all were there before.
      if (known.has(run.promptId)) return
      finished.call(run)
    }
  }

  const accountKey = useLastAccountKey(accountId)
  const all = computed(() => recorded.value.runs)
  const isOfNow = ({ purse }: Origin): boolean => purse === null || purse === accountKey.value
  const runs = computed(() => all.value.filter(isOfNow))

  /** Notes why the account refused a run. */
  function explainDenial(promptId: string, denial: Denial): void {
    recorder.explainDenial(promptId, denial)
    const run = recorded.value.ended.find((each) => each.promptId === promptId)
    if (run?.denial === denial) denied.call(run)
  }

  /** Asks the server, which by itself only reports changes of its queue. */
  async function askIfIdle(): Promise<void> {
    const at = clock.now()
    if ((await host.serverIsIdle()) === true) idleAt.value = at
  }

  return {
    runs,
    askIfIdle,
    recallEnd: recorder.recallEnd,
    noteSettings: recorder.noteSettings,
    explainDenial,
    /** Called for each refused run when it is known why the account refused it. */
    onDenialExplained: denied.add,
    /** Of every billing account of this login. */
    all,
    /** False while the recorder is not there: what was spent meanwhile is not known yet. */
    recording,
    /** The one that goes on, of whichever billing account; null when none does. */
    running: computed(() => all.value.find(({ outcome }) => outcome === 'running') ?? null),
    /** The id of the node that executes in it. */
    runningNode: computed(() => recorded.value.node),
    /** What the server did not take, newest last: no runs, and nothing can have been charged. */
    refused: computed(() => recorded.value.refused.filter(isOfNow)),
    /** Prices quoted to other tabs and clients. */
    overheard: computed(() => recorded.value.overheard),
    accountKey,
    idleAt,
    /** Called for each run that has ended, however it ended. */
    onFinished: finished.add,
  }
})

function useListeners() {
  const all = new Set<(run: Run) => void>()
  onScopeDispose(() => all.clear())
  return {
    add(listener: (run: Run) => void): () => void {
      all.add(listener)
      return () => all.delete(listener)
    },
    call(run: Run): void {
      for (const listener of all) listener(run)
    },
  }
}

/** The recorder is loaded after the panel: what the host says meanwhile it keeps for us. */
function recordRuns(changed: (now: Recorded) => void, idle: (at: number) => void) {
  const { host } = useCreditsContext()
  const billing = useBillingAccountStore()
  const clock = useClockStore()
  const facts: HostFacts = {
    get purse() {
      return billing.accountKey
    },
    get workflow() {
      return host.workflowName()
    },
    node: (nodeId) => host.describeNode(nodeId),
  }
  const offs: (() => void)[] = []
  const recording = ref(false)
  let alter: ((how: (recorder: RunRecorder) => void) => void) | null = null
  let over = false
  const begin = async (): Promise<void> => {
    const { RunRecorder } = await import('./run-recorder.ts')
    if (over) return
    const recorder = new RunRecorder(facts)
    const forget = host.onAccountChange(() => {
      recorder.forget()
      changed(recorder.now)
    })
    const events = host.onRunEvent((raw) => {
      const event = recorder.hear({ ...raw, at: clock.toPageTime(raw.at) })
      if (!event) return
      if (event.kind === 'queue-empty') idle(event.at)
      changed(recorder.now)
    })
    alter = (how) => {
      if (over) return
      how(recorder)
      changed(recorder.now)
    }
    offs.push(forget, events)
    recording.value = true
  }
  // Without it the account's own history is all there is; the console has the reason.
  begin().catch((error: unknown) => reportError(error))
  onScopeDispose(() => {
    over = true
    for (const off of offs) off()
  })

  /** Asks the server how a run ended whose end nobody saw. */
  async function recallEnd(run: Run): Promise<void> {
    const entry = await host.serverHistory(run.promptId)
    if (entry !== null) alter?.((recorder) => recorder.remember(run, entry))
  }

  function explainDenial(promptId: string, denial: Denial): void {
    alter?.((recorder) => recorder.explainDenial(promptId, denial))
  }

  /** Says what the nodes of a run are set to that the server has taken. */
  function noteSettings(promptId: string, settings: NonNullable<Run['settings']>): void {
    alter?.((recorder) => recorder.noteSettings(promptId, settings))
  }

  return { recording, recallEnd, explainDenial, noteSettings }
}

/**
 * The billing account that pays; while it is not known which one does, the one that did for this
 * login.
 */
function useLastAccountKey(accountId: ComputedRef<string | null>) {
  const billing = useBillingAccountStore()
  const last = shallowRef<{ account: string; accountKey: string } | null>(null)
  watch(
    () => billing.accountKey,
    (accountKey) => {
      const account = accountId.value
      if (accountKey !== null && account !== null) last.value = { account, accountKey }
    },
    { flush: 'sync', immediate: true },
  )
  return computed(() => (last.value?.account === accountId.value ? last.value.accountKey : null))
}
