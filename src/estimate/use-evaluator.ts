import { onScopeDispose, watch } from 'vue'
import { useSessionStore } from '../session/store.ts'
import type { BadgeEvaluator } from './badge-questions.ts'
import { browserEvaluator } from './browser-evaluator.ts'

/** An evaluator with a worker of its own, made when it is first asked for, which ends with the login. */
export function useEvaluator(): () => BadgeEvaluator {
  const session = useSessionStore()
  let evaluator: BadgeEvaluator | null = null
  function close(): void {
    evaluator?.close()
    evaluator = null
  }
  watch(() => session.account?.id, close, { flush: 'sync' })
  onScopeDispose(close)
  return () => (evaluator ??= browserEvaluator())
}
