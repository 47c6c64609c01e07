/** Safari has no idle time to give. */
const WITHOUT_IDLE_MS = 50

/**
 * Calls `task` when the page has drawn what is new and has nothing else to do, at the latest after
 * `latestMs`. The result takes it back.
 */
export function whenIdle(task: () => void, latestMs: number): () => void {
  if (!('requestIdleCallback' in window)) {
    const timer = setTimeout(task, WITHOUT_IDLE_MS)
    return () => clearTimeout(timer)
  }
  const id = requestIdleCallback(task, { timeout: latestMs })
  return () => cancelIdleCallback(id)
}
