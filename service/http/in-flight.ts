import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'

/**
 * Running requests. A node may disconnect while its charge is being settled, so closed connections do
 * not mean that the database can be closed.
 */
export class InFlight {
  readonly #running = new Set<Promise<void>>()

  readonly middleware: MiddlewareHandler<AppEnv> = async (_, next) => {
    const work = next()
    this.#running.add(work)
    try {
      await work
    } finally {
      this.#running.delete(work)
    }
  }

  /** Resolves when every request that runs now has ended, with or without success. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}
