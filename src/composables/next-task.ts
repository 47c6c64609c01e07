/** What of a frame is left to the page itself, with room for a slow machine. */
export const FRAME_BUDGET_MS = 10

/**
 * For long work: awaited after each step, it lets the page draw and answer when the steps since the
 * last pause have taken their share of a frame.
 */
export function pauseWhenDue(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < FRAME_BUDGET_MS) return
    await nextTask()
    since = performance.now()
  }
}

/** A message comes after what waits already; a timer would wait four milliseconds each time. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const done = (): void => {
      port1.close()
      resolve()
    }
    port1.addEventListener('message', done, { once: true })
    port1.start()
    port2.postMessage(null)
  })
}
