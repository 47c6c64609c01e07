import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import { useSessionStore } from '../session/store.ts'
import { useOption } from '../composables/use-option.ts'
import type { CheaperChoice } from './cheaper.ts'
import type { Estimate } from './estimate.ts'
import { useWorkflowReader, type Reading } from './use-workflow-reader.ts'

/** People drag a slider, or type: the last value is what they want to know about. */
const DEBOUNCE_MS = 150

/** A price list that took too long may be the fault of a busy machine, and is asked so often again. */
const RETRIES_MS = [1000, 5000, 61_000] as const

/** What the open workflow will cost, by its nodes' price lists. Nothing without a login. */
export const useEstimateStore = defineStore('estimate', () => {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  const isOn = useOption('estimate')
  const follows = computed(() => session.account !== null && isOn.value)
  const reading = shallowRef<Reading | null>(null)
  const current = computed(() => reading.value?.estimate ?? null)
  const read = useWorkflowReader(() => {
    if (follows.value) refreshSoon()
  })

  let latest = 0
  let retries = 0
  async function refresh(): Promise<void> {
    const asked = ++latest
    const next = await read(host.batchCount())
    if (asked !== latest || !follows.value) return
    reading.value = next
    const wait = RETRIES_MS[retries++]
    if (wait !== undefined && next !== null && hasTimedOut(next.estimate)) refreshIn(wait)
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  function refreshIn(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void refresh(), ms)
  }
  function refreshSoon(): void {
    retries = 0
    refreshIn(DEBOUNCE_MS)
  }

  watch(
    follows,
    (now, _before, onCleanup) => {
      reading.value = null
      latest += 1
      if (!now) return
      const off = host.onWorkflowChange(refreshSoon)
      onCleanup(() => {
        off()
        clearTimeout(timer)
      })
      void refresh()
    },
    { immediate: true, flush: 'sync' },
  )

  return {
    /** Of the open workflow as it is, all runs of the batch; null while there is none. */
    current,
    /** Whether anything in it may cost. */
    hasCost: computed(() => current.value !== null && mayCost(current.value)),
    /**
     * Of what would be queued now, also while the option is off. Null without a login, and where
     * there is no workflow that can be read. Never rejects. It takes some milliseconds, unless it
     * waits for a worker to load.
     */
    async estimateNow(batchCount: number): Promise<Estimate | null> {
      return (await read(batchCount))?.estimate ?? null
    },
    /** What would make the nodes of `current` cheaper, by their ids. */
    async cheaper(): Promise<ReadonlyMap<string, CheaperChoice>> {
      return (await reading.value?.cheaper()) ?? new Map()
    },
  }
})

const hasTimedOut = ({ nodes }: Estimate): boolean =>
  nodes.some(({ reason }) => reason?.code === 'expression-timeout')

const mayCost = ({ total }: Estimate): boolean => total.maxUsdMicros > 0 || total.unknown > 0
