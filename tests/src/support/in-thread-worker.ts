import '../../../src/estimate/answer-question.ts'
import { serveQuestions } from '../../../src/estimate/serve-questions.ts'
import type { SentReply, SentRequest } from '../../../src/estimate/worker-messages.ts'

/** A page's Worker that evaluates price lists in this thread: for expressions that end. */
export class InThreadWorker extends EventTarget {
  static started = 0

  constructor() {
    super()
    InThreadWorker.started += 1
  }

  readonly postMessage = serveQuestions((data: SentReply) => {
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('message'), { data })))
  }) as (request: SentRequest) => void

  terminate(): void {}
}
