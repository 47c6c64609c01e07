import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { readLastKnown, type LastKnown } from '../balance/last-known.ts'
import { useOption } from '../composables/use-option.ts'
import { whenIdle } from '../composables/when-idle.ts'
import { useCreditsContext } from '../context.ts'
import type { Estimate } from '../estimate/estimate.ts'
import { useEstimateStore } from '../estimate/store.ts'
import { expectedOf, type Expected } from '../reservations/expected.ts'
import { useReservationsStore } from '../reservations/store.ts'
import type { Host } from '../host/port.ts'
import { useRunsStore } from '../runs/store.ts'
import { useClockStore } from '../session/clock.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { costOf, decide, type Decision, type RunCost } from './decide.ts'
import { noCost, type Bounds } from '../reservations/reservation.ts'
import { questionsOf, type QuestionWhy } from './question.ts'
import { runGate, type RunRequest, type RunVerdict } from './run-gate.ts'
import { useLimitQuestions } from './use-limit-questions.ts'
import { useQuestion } from './use-question.ts'

/** What is known of the credits at this moment. */
export interface Funds {
  readonly balanceUsdMicros: number
  readonly reserved: Bounds
}

/** The account may have been topped up since: what is older says nothing of a run. */
const OLD_MS = 60 * 60 * 1000
/** The first estimate loads what evaluates prices; nothing waits for it then. */
const WARM_WITHIN_MS = 5000

/** A press of Run, and what it will cost. */
interface PressedRun {
  readonly cost: RunCost
  /** Each run of it. */
  readonly expected: Expected
  readonly batchCount: number
}

/**
 * Judges each press of Run by its cost, the balance, what is queued and has not ended, and the
 * person's limits.
 */
export const useGuardStore = defineStore('guard', () => {
  const { host } = useCreditsContext()
  const estimates = useEstimateStore()
  const balance = useBalanceStore()
  const { fundsNow, reserve } = useFunds()
  const asksForFunds = useOption('guard')
  const { warn, onWarning } = useWarningListeners()
  const { question, ask } = useQuestion()
  const limits = useLimitQuestions()
  const isStarted = ref(false)

  async function judge(request: RunRequest, late: AbortSignal): Promise<RunVerdict> {
    void balance.refreshIfStale()
    const run = pressedRun(host, request, await estimates.estimateNow(request.batchCount))
    if (run === null || late.aborted) return 'go'
    const funds = fundsNow()
    const decision = asksForFunds.value ? decideBy(run.cost, funds) : 'fine'
    const whys = questionsOf(limits.of(run), decision === 'ask')
    if (whys.length > 0) return () => askFirst(run, whys)
    if (decision === 'warn' && funds !== null) warn(run.cost, funds)
    reserve(run)
    return 'go'
  }

  async function askFirst(run: PressedRun, whys: readonly QuestionWhy[]): Promise<boolean> {
    const later: (() => void)[] = []
    for (const why of whys) {
      if (!isStarted.value) break
      const answered = limits.asked(why, run)
      const { isOwn, ...answer } = await ask(why, run)
      if (!answer.goesOn) {
        if (isOwn) answered(answer)
        return false
      }
      if (isOwn) later.push(() => answered(answer))
    }
    // It goes on only after all of them.
    for (const record of later) record()
    reserve(run)
    return true
  }

  // Credits are not asked about any more; limits are.
  watch(asksForFunds, (isOn) => {
    if (!isOn && question.value?.why.kind === 'funds') question.value.answer(true)
  })

  /** Stands around each press of Run until the result is called; what is asked then goes on. */
  function start(): () => void {
    isStarted.value = true
    void balance.refreshIfStale()
    const offGate = host.gateRuns(runGate(judge, host.calmAutoQueue))
    const offWarming = whenIdle(() => void estimates.estimateNow(host.batchCount()), WARM_WITHIN_MS)
    return () => {
      isStarted.value = false
      offGate()
      offWarming()
      question.value?.answer(true)
    }
  }

  return {
    start,
    question,
    /** Of the question that is open; null while there is none, or no balance is known. */
    funds: computed(() => question.value && fundsNow()),
    /** Called for a run that goes on, though it may cost more than there is. */
    onWarning,
  }
})

type Warn = (cost: RunCost, funds: Funds) => void

function useWarningListeners() {
  const listeners = new Set<Warn>()
  return {
    warn(...warning: Parameters<Warn>): void {
      for (const listener of listeners) listener(...warning)
    },
    onWarning(listener: Warn): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Null where nobody knows what it will cost. */
function pressedRun(
  host: Host,
  { batchCount, isPartial, source }: RunRequest,
  estimate: Estimate | null,
): PressedRun | null {
  if (estimate === null) return null
  const expected = expectedOf(estimate, {
    workflow: host.workflowName(),
    isAuto: host.isAutoQueued(source),
    titleOf: (nodeId) => host.describeNode(nodeId)?.title ?? null,
  })
  return { cost: costOf(estimate, isPartial), expected, batchCount }
}

function useFunds() {
  const reservations = useReservationsStore()
  const balanceNow = useKnownBalance()
  return {
    /** Null where no balance is known that is good enough. */
    fundsNow(): Funds | null {
      const known = balanceNow()
      if (known === null) return null
      return { balanceUsdMicros: known.usdMicros, reserved: reservations.reserved(known.at) }
    },
    reserve({ cost, expected, batchCount }: PressedRun): void {
      if (!cost.costs && cost.maxUsdMicros === 0) return
      const each = {
        minUsdMicros: cost.minUsdMicros / batchCount,
        maxUsdMicros: cost.maxUsdMicros / batchCount,
      }
      reservations.reserve(batchCount, each, expected)
    },
  }
}

export function decideBy(cost: RunCost, funds: Funds | null): Decision {
  return funds === null ? 'fine' : decide(cost, funds.balanceUsdMicros, funds.reserved)
}

/** The newest balance that any tab has seen of the account that pays; null when that is old. */
function useKnownBalance(): () => LastKnown | null {
  const balance = useBalanceStore()
  const runs = useRunsStore()
  const clock = useClockStore()
  const storage = browserStorage()
  return () => {
    const { figure } = balance
    const shared = runs.accountKey === null ? null : readLastKnown(storage, runs.accountKey)
    const known = shared !== null && shared.at > (figure?.at ?? -Infinity) ? shared : figure
    return known !== null && clock.now() - known.at < OLD_MS ? known : null
  }
}

/** What a top-up would have to bring, with what is reserved for other runs. */
export function coveringUsdMicros({ maxUsdMicros }: RunCost, funds: Funds | null): number {
  return maxUsdMicros + (funds?.reserved ?? noCost).maxUsdMicros
}
