import { setTimeout as wait } from 'node:timers/promises'

const PAUSE_MS = 250

/** Runs it, and again for so long while it fails by what passes. */
export async function patiently<T>(
  ms: number,
  passes: (error: unknown) => boolean,
  run: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + ms
  for (;;) {
    try {
      return await run()
    } catch (error) {
      if (!passes(error) || Date.now() > deadline) throw error
      await wait(PAUSE_MS)
    }
  }
}
