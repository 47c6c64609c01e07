/** Where this extension is served: the part of an address that its stack frames share. */
const OWN_FOLDER = new URL(import.meta.url).pathname.replace(/[^/]*$/, '')

const FRAME = /^\s+at |@/

/** Calls a host's function for the host, without our frames in what it may throw. */
export function withoutOwnFrames<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    removeOwnFrames(error)
    throw error
  }
}

/**
 * Takes our frames out of the stack of an error that a host's function threw. Its call came through
 * a wrapper of ours, and ComfyUI's error dialog blames the first extension that it finds in a stack.
 */
export function removeOwnFrames(error: unknown): void {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return
  const lines = error.stack.split('\n')
  const foreign = lines.filter((line) => !FRAME.test(line) || !line.includes(OWN_FOLDER))
  // A frozen error keeps its stack: Reflect.set does not throw.
  if (foreign.length < lines.length) Reflect.set(error, 'stack', foreign.join('\n'))
}
