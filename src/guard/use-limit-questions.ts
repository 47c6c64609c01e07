import type { LimitQuestion } from '../limits/question.ts'
import { useLimitsStore } from '../limits/store.ts'
import type { Expected } from '../reservations/expected.ts'
import { useRunsStore } from '../runs/store.ts'
import type { RunCost } from './decide.ts'
import type { Answer, QuestionWhy } from './question.ts'

interface Asked {
  readonly cost: RunCost
  readonly expected: Expected
  readonly batchCount: number
}

/** What the person's limits ask about a run. Where they fail, the run goes on. */
export function useLimitQuestions() {
  const limits = useLimitsStore()
  const runs = useRunsStore()

  function of({ cost, expected, batchCount }: Asked): LimitQuestion | null {
    return cost.costs ? attempt(() => limits.questionOf(expected, batchCount)) : null
  }

  /** Begins with the question; the result is called with the answer. */
  function asked(why: QuestionWhy, { cost, expected }: Asked): (answer: Answer) => void {
    const payer = runs.accountKey
    return ({ goesOn, reason }) => {
      if (payer !== runs.accountKey) return
      if (why.kind === 'runaway' && goesOn) attempt(limits.forgetRunaway)
      // Without a reason it goes on because the question could not be put.
      if (why.kind !== 'limit' || (goesOn && reason === null)) return
      const { minUsdMicros: min, maxUsdMicros: max } = cost
      const run = { min, max, workflow: expected.workflow }
      attempt(() => limits.recordStop(why.progress, run, goesOn ? reason : null))
    }
  }

  return { of, asked }
}

function attempt<T>(what: () => T): T | null {
  try {
    return what()
  } catch (error) {
    reportError(error)
    return null
  }
}
