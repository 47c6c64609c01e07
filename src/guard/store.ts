import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { readLastKnown, type LastKnown } from '../balance/last-known.ts'
import { whenIdle } from '../composables/when-idle.ts'
import { useCreditsContext } from '../context.ts'
import { useEstimateStore } from '../estimate/store.ts'
import type { LimitProgress } from '../limits/progress.ts'
import { useRunsStore } from '../runs/store.ts'
import { useClockStore } from '../session/clock.ts'
import { useSessionStore } from '../session/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { costOf, decide, type Decision, type RunCost } from './decide.ts'
import { noCost, type Bounds } from './reservation.ts'
import { runGate, type RunRequest, type RunVerdict } from './run-gate.ts'
import { useReservations } from './use-reservations.ts'

/**
 * Why a person is asked.
 * - `funds`: the credits do not cover the run
 * - `limit`: it would go over a limit that stops; to go on takes a reason
 * - `above`: it may cost more than what the person wants to be asked about
 * - `runaway`: auto-queue has spent more than it may in so many minutes
 */
export type QuestionWhy =
  | { readonly kind: 'funds' }
  | { readonly kind: 'limit'; readonly progress: LimitProgress }
  | { readonly kind: 'above'; readonly aboveUsdMicros: number }
  | { readonly kind: 'runaway'; readonly spentUsdMicros: number; readonly minutes: number }

/** What stands in the way of a run, and waits for the person's answer. */
export interface Question {
  readonly why: QuestionWhy
  readonly cost: RunCost
  readonly batchCount: number
  readonly answer: (goesOn: boolean, reason?: string) => void
}

/** What is known of the credits at this moment. */
export interface Funds {
  readonly balanceUsdMicros: number
  readonly reserved: Bounds
}

/** The account may have been topped up since: what is older says nothing of a run. */
const OLD_MS = 60 * 60 * 1000
/** The first estimate loads what evaluates prices; nothing waits for it then. */
const WARM_WITHIN_MS = 5000

/** Judges each press of Run by its cost, the balance, and what is queued and has not ended. */
export const useGuardStore = defineStore('guard', () => {
  const { host } = useCreditsContext()
  const estimates = useEstimateStore()
  const balance = useBalanceStore()
  const reservations = useReservations()
  const balanceNow = useKnownBalance()
  const warnings = new Set<(cost: RunCost, funds: Funds) => void>()
  const { question, ask } = useQuestion()
  let isStarted = false

  /** Null where no balance is known that is good enough. */
  function fundsNow(): Funds | null {
    const known = balanceNow()
    return known && { balanceUsdMicros: known.usdMicros, reserved: reservations.reserved(known.at) }
  }

  async function judge(request: RunRequest, late: AbortSignal): Promise<RunVerdict> {
    void balance.refreshIfStale()
    const estimate = await estimates.estimateNow(request.batchCount)
    if (estimate === null || late.aborted) return 'go'
    const cost = costOf(estimate, request.isPartial)
    const funds = fundsNow()
    const decision = decideBy(cost, funds)
    if (decision === 'ask') return () => askFirst(cost, request)
    if (decision === 'warn' && funds !== null) for (const warn of warnings) warn(cost, funds)
    reserve(cost, request)
    return 'go'
  }

  function reserve(cost: RunCost, { batchCount }: RunRequest): void {
    if (!cost.costs && cost.maxUsdMicros === 0) return
    reservations.reserve(batchCount, {
      minUsdMicros: cost.minUsdMicros / batchCount,
      maxUsdMicros: cost.maxUsdMicros / batchCount,
    })
  }

  async function askFirst(cost: RunCost, request: RunRequest): Promise<boolean> {
    const goesOn = !isStarted || (await ask(cost, request))
    if (goesOn) reserve(cost, request)
    return goesOn
  }

  /** Stands around each press of Run until the result is called; what is asked then goes on. */
  function start(): () => void {
    isStarted = true
    void balance.refreshIfStale()
    const offGate = host.gateRuns(runGate(judge, host.calmAutoQueue))
    const offWarming = whenIdle(() => void estimates.estimateNow(host.batchCount()), WARM_WITHIN_MS)
    return () => {
      isStarted = false
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
    onWarning(warn: (cost: RunCost, funds: Funds) => void): () => void {
      warnings.add(warn)
      return () => warnings.delete(warn)
    },
  }
})

export function decideBy(cost: RunCost, funds: Funds | null): Decision {
  return funds === null ? 'fine' : decide(cost, funds.balanceUsdMicros, funds.reserved)
}

/** What is pressed while a question is open has the same answer: nobody is asked twice at once. */
function useQuestion() {
  const session = useSessionStore()
  const question = shallowRef<Question | null>(null)
  let answered: Promise<boolean> | null = null

  function ask(cost: RunCost, { batchCount }: RunRequest): Promise<boolean> {
    answered ??= new Promise<boolean>((resolve) => {
      question.value = { why: { kind: 'funds' }, cost, batchCount, answer: resolve }
    }).finally(() => {
      question.value = null
      answered = null
    })
    return answered
  }

  watch(
    () => session.account?.id,
    () => question.value?.answer(false),
    { flush: 'sync' },
  )
  return { question, ask }
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
