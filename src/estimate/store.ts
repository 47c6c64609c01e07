import { useDebounceFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { OpenWorkflow } from '../host/port.ts'
import { useSessionStore } from '../session/store.ts'
import { useOption } from '../session/use-option.ts'
import type { BadgeEvaluator } from './badge-questions.ts'
import { browserEvaluator } from './browser-evaluator.ts'
import { estimate, type Estimate } from './estimate.ts'
import { objectInfoFrom } from './object-info.ts'
import { readPrompt } from './read-prompt.ts'
import { useCachedNodes } from './use-cached-nodes.ts'

/** People drag a slider, or type: the last value is what they want to know about. */
const DEBOUNCE_MS = 150

/** What the open workflow will cost, by its nodes' price lists. Nothing without a login. */
export const useEstimateStore = defineStore('estimate', () => {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  const isOn = useOption('estimate')
  const follows = computed(() => session.account !== null && isOn.value)
  const current = shallowRef<Estimate | null>(null)
  const cachedNodes = useCachedNodes()
  /** Started by the first question: a workflow without partner nodes has none. */
  let evaluator: BadgeEvaluator | null = null
  let describe: OpenWorkflow['nodeType'] = () => undefined
  const objectInfo = objectInfoFrom((type) => describe(type))

  async function read(open: OpenWorkflow, batchCount: number): Promise<Estimate> {
    describe = open.nodeType
    const prompt = readPrompt(open.workflow, objectInfo)
    evaluator ??= browserEvaluator()
    const cached = cachedNodes(prompt, objectInfo)
    return estimate(prompt, objectInfo, evaluator, { batchCount, cached })
  }

  /**
   * Of what would be queued now. Null without a login, and where there is no workflow that can be
   * read. Never rejects. It takes some milliseconds, unless it waits for a worker to load.
   */
  async function estimateNow(batchCount = host.batchCount()): Promise<Estimate | null> {
    if (session.account === null) return null
    try {
      const open = host.openWorkflow()
      return open && (await read(open, batchCount))
    } catch {
      // Anyone's node may be in it. What cannot be read has no price, and ComfyUI says why.
      return null
    }
  }

  let latest = 0
  async function refresh(): Promise<void> {
    const asked = ++latest
    const next = await estimateNow()
    if (asked === latest && follows.value) current.value = next
  }
  const refreshSoon = useDebounceFn(refresh, DEBOUNCE_MS)

  // What one person has asked for stays with that login.
  watch(
    () => session.account?.id,
    () => {
      evaluator?.close()
      evaluator = null
    },
    { flush: 'sync' },
  )
  watch(
    follows,
    (now, _before, onCleanup) => {
      current.value = null
      latest += 1
      if (!now) return
      onCleanup(host.onWorkflowChange(() => void refreshSoon()))
      void refresh()
    },
    { immediate: true, flush: 'sync' },
  )
  onScopeDispose(() => evaluator?.close())

  return {
    /** Of the open workflow as it is, all runs of the batch; null while there is none. */
    current,
    /** Whether anything in it may cost. */
    hasCost: computed(() => current.value !== null && mayCost(current.value)),
    estimateNow,
  }
})

const mayCost = ({ total }: Estimate): boolean => total.maxUsdMicros > 0 || total.unknown > 0
