import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'

/**
 * Requests at work. A node may hang up while its charge is being settled, so closed connections do
 * not say that the database may be closed.
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

  /** Resolves when all that runs now has ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}
