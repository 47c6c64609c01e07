import { Worker } from 'node:worker_threads'
import type { BadgeEvaluator } from '../../src/estimate/badge-questions.ts'
import { RememberingEvaluator } from '../../src/estimate/remembering-evaluator.ts'
import { WorkerEvaluator } from '../../src/estimate/worker-evaluator.ts'
import { receivedReply, sentRequest, type SentReply } from '../../src/estimate/worker-messages.ts'

/** For commands and tests: what browserEvaluator is for a page. */
export function nodeEvaluator(answerMs = 50): BadgeEvaluator {
  const limits = { answerMs, startMs: 30_000 }
  return new RememberingEvaluator(
    new WorkerEvaluator((onReply, onEnd) => {
      const worker = new Worker(new URL('worker.mjs', import.meta.url), {
        // An expression may fill any memory it is given.
        resourceLimits: { maxOldGenerationSizeMb: 256 },
        env: {},
      })
      worker.on('message', (reply: SentReply) => onReply(receivedReply(reply)))
      worker.on('error', onEnd)
      worker.on('exit', onEnd)
      return {
        post: (request) => worker.postMessage(sentRequest(request), []),
        terminate: () => void worker.terminate(),
      }
    }, limits),
  )
}
