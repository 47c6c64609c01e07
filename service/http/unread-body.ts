import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'

/** Between two pieces of a body, of 64 KB at most. */
const PAUSE_MS = 25

/**
 * What is still on its way when the answer is known is of no use to anybody. The server reads on all the
 * same, for half a second, as a client whose connection is cut while it sends may never see the
 * answer. Here it reads slowly: dozens of uploads at once, at full speed, would hold the event loop.
 */
export const readRestSlowly: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  const { incoming } = c.env
  if (!incoming?.on || incoming.complete !== false) return
  incoming.on('data', () => {
    incoming.pause?.()
    setTimeout(() => incoming.resume?.(), PAUSE_MS).unref()
  })
}
