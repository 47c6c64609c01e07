import process from 'node:process'

const LOOK_EVERY_MS = 300

/**
 * Resolves when the person has had enough: by Ctrl-C, or by ending `npm start`. npm runs a command
 * in a shell, which does not pass a signal on but dies of it; that our parent is another one then is
 * all we hear. Without npm it means nothing: a script may well start us and go.
 */
export function askedToEnd(): Promise<void> {
  return new Promise((settle) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => settle())
    }
    if (process.env['npm_lifecycle_event'] === undefined) return
    const parent = process.ppid
    const look = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(look)
      settle()
    }, LOOK_EVERY_MS)
    look.unref()
  })
}
