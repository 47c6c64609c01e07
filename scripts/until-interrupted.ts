import process from 'node:process'

const CHECK_EVERY_MS = 300

/**
 * Resolves at Ctrl+C, or when npm ends. npm runs a command in a shell, which dies of a signal without
 * passing it on; what this process can see is that it has a new parent. Without npm that means
 * nothing: a script may start this process and exit.
 */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve())
    }
    if (process.env['npm_lifecycle_event'] === undefined) return
    const parent = process.ppid
    const check = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(check)
      resolve()
    }, CHECK_EVERY_MS)
    check.unref()
  })
}
