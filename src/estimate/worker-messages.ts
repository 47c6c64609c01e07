import { answerQuestion } from './answer-question.ts'
import type { BadgeAnswer, BadgeQuestion } from './badge-questions.ts'

/** To the worker: questions, answered one after the other. */
export type WorkerRequest = readonly BadgeQuestion[]

/** From the worker: null once it has loaded, then each answer as soon as it is there. */
export type WorkerReply = BadgeAnswer | null

/** The whole of a worker, in the browser and in Node: only their ports differ. */
export function serveQuestions(
  post: (reply: WorkerReply) => void,
): (request: WorkerRequest) => void {
  let earlier = Promise.resolve()
  const answer = async (questions: WorkerRequest) => {
    await earlier
    for (const question of questions) post(await answerQuestion(question))
  }
  post(null)
  return (questions) => {
    earlier = answer(questions)
  }
}
