/** For what a watcher has begun: aborted before its next run, and when it stops. */
export function cleanupSignal(onCleanup: (cleanUp: () => void) => void): AbortSignal {
  const controller = new AbortController()
  onCleanup(() => controller.abort())
  return controller.signal
}
