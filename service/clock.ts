import type { Logger } from 'pino'

export interface Clock {
  stop(): void
}

/** Runs rounds with a pause between them, beginning now. A round that fails is logged. */
export function startClock(
  { log, everyMs, failure }: { log: Logger; everyMs: number; failure: string },
  round: () => Promise<void>,
): Clock {
  let stopped = false
  let timer = setTimeout(() => void tick(), 0)
  async function tick(): Promise<void> {
    try {
      await round()
    } catch (error) {
      if (!stopped) log.warn({ err: error }, failure)
    }
    if (!stopped) timer = setTimeout(() => void tick(), everyMs)
  }
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
