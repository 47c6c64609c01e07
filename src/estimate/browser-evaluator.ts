import type { BadgeEvaluator } from './badge-questions.ts'
import { RememberingEvaluator } from './remembering-evaluator.ts'
import { WorkerEvaluator } from './worker-evaluator.ts'
import { receivedReply, sentRequest, type SentReply } from './worker-messages.ts'

/** For a page. The worker starts, and jsonata loads, with the first question. */
export function browserEvaluator(): BadgeEvaluator {
  return new RememberingEvaluator(
    new WorkerEvaluator((onReply, onEnd) => {
      const worker = new Worker(new URL('browser-worker.ts', import.meta.url), {
        type: 'module',
        name: 'comfyui-credits-prices',
      })
      worker.addEventListener('message', ({ data }: MessageEvent<SentReply>) =>
        onReply(receivedReply(data)),
      )
      worker.addEventListener('error', onEnd)
      worker.addEventListener('messageerror', onEnd)
      return {
        post: (request) => worker.postMessage(sentRequest(request), []),
        terminate: () => worker.terminate(),
      }
    }),
  )
}
