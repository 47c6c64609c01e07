import { shallowRef, watch } from 'vue'
import { useSessionStore } from '../session/store.ts'
import type { RunCost } from './decide.ts'
import type { Answer, Question, QuestionWhy } from './question.ts'

interface Asked {
  readonly cost: RunCost
  readonly batchCount: number
}

/** What is pressed while a question is open has the same answer: nobody is asked twice at once. */
export function useQuestion() {
  const session = useSessionStore()
  const question = shallowRef<Question | null>(null)
  let answered: Promise<Answer> | null = null

  /** `isOwn`: the question was put for this press, and not for one before it. */
  async function ask(
    why: QuestionWhy,
    { cost, batchCount }: Asked,
  ): Promise<Answer & { readonly isOwn: boolean }> {
    const isOwn = answered === null
    answered ??= new Promise<Answer>((resolve) => {
      const answer = (goesOn: boolean, reason = ''): void =>
        resolve({ goesOn, reason: reason.trim() || null })
      question.value = { why, cost, batchCount, answer }
    }).finally(() => {
      question.value = null
      answered = null
    })
    return { ...(await answered), isOwn }
  }

  watch(
    () => session.account?.id,
    () => question.value?.answer(false),
    { flush: 'sync' },
  )
  return { question, ask }
}
