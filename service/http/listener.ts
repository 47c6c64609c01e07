import type { Server } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { Logger } from 'pino'
import { ServiceError } from '../errors.ts'
import { refuseBroken } from './broken-request.ts'
import { bodyOf, unforeseen, UNROUTED_HEADERS } from './error-answer.ts'
import { fewAtATurn } from './few-at-a-turn.ts'

/** Passes the requests of a server of Node's on, a few in each turn of the event loop. */
export function answerRequests(
  server: Server,
  app: { readonly fetch: Parameters<typeof getRequestListener>[0] },
  log: Logger,
): void {
  const errorHandler = (error: unknown) => answerUnrouted(log, error)
  server.on('request', fewAtATurn(getRequestListener(app.fetch, { errorHandler })))
  server.on('clientError', refuseBroken)
}

/** What cannot become a request, such as one with a Host that is none, reaches no route. */
function answerUnrouted(log: Logger, error: unknown): Response {
  const unreadable = error instanceof RequestError
  const refusal = unreadable
    ? new ServiceError('bad-request', 'The address or the Host of this request cannot be read.')
    : unforeseen(error)
  if (!unreadable) log.error({ err: error }, 'failed before any route')
  return Response.json(bodyOf(refusal), { status: refusal.status, headers: UNROUTED_HEADERS })
}
