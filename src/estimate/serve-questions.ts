import { answerQuestion } from './answer-question.ts'
import type { BadgeAnswer } from './badge-questions.ts'
import {
  receivedRequest,
  type SentReply,
  type SentRequest,
  type WorkerReply,
  type WorkerRequest,
} from './worker-messages.ts'

/** A message takes as long as an answer. Rare enough to cost nothing, and far below any timeout. */
const REPLY_WITHIN_MS = 4

/** The whole of a worker, in the browser and in Node: only their ports differ. */
export function serveQuestions(send: (reply: SentReply) => void): (request: SentRequest) => void {
  const post = (reply: WorkerReply): void => send(JSON.stringify(reply))
  const answered = new Set<string>()
  let earlier = Promise.resolve()
  const serve = async ({ questions, isOneByOne }: WorkerRequest) => {
    await earlier
    const outbox = new Outbox(post)
    for (const question of questions) {
      // An expression that ends a worker mostly does so at once: then the question is known by what
      // was answered before it.
      if (isOneByOne || !answered.has(question.expression)) outbox.flush()
      const answer = answerQuestion(question)
      outbox.add(answer instanceof Promise ? await answer : answer)
      answered.add(question.expression)
    }
    outbox.flush()
  }
  post(null)
  return (request) => {
    earlier = serve(receivedRequest(request))
  }
}

/** Collects answers for some milliseconds. */
class Outbox {
  private answers: BadgeAnswer[] = []
  private flushedAt = performance.now()

  constructor(private readonly post: (reply: WorkerReply) => void) {}

  add(answer: BadgeAnswer): void {
    this.answers.push(answer)
    if (performance.now() - this.flushedAt >= REPLY_WITHIN_MS) this.flush()
  }

  flush(): void {
    this.flushedAt = performance.now()
    if (this.answers.length === 0) return
    this.post(this.answers)
    this.answers = []
  }
}
