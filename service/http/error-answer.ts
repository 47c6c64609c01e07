import type { ErrorHandler } from 'hono'
import type { ApiErrorBody } from '@comfyui-credits/contract/errors'
import type { Logger } from 'pino'
import { isDatabaseUnavailable } from '../database/away.ts'
import { ServiceError } from '../errors.ts'
import type { AppEnv } from './app-env.ts'

/** Every error is `{code, message}`; an unexpected one is `internal`, with a log entry. */
export function answerError(log: Logger): ErrorHandler<AppEnv> {
  return (error, c) => {
    const refusal = error instanceof ServiceError ? error : unforeseen(error)
    if (refusal.status >= 500) log.error({ err: error, account: c.get('accountId') }, 'failed')
    if (refusal.retryAfterSeconds !== undefined) {
      c.header('Retry-After', String(refusal.retryAfterSeconds))
    }
    return c.json(bodyOf(refusal), refusal.status)
  }
}

export function bodyOf({ code, message, details }: ServiceError): ApiErrorBody {
  return { ...details, code, message }
}

/** Of an answer that reaches no route; the app sets them itself on all others. */
export const UNROUTED_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const

/** Seconds: a PostgreSQL server restarts in about this. */
export const BACK_AFTER_S = 2

export function unforeseen(cause: unknown): ServiceError {
  if (isDatabaseUnavailable(cause)) {
    return new ServiceError(
      'internal',
      'The service is not available just now. Try again shortly.',
      {
        status: 503,
        retryAfterSeconds: BACK_AFTER_S,
        cause,
      },
    )
  }
  return new ServiceError('internal', 'Something went wrong on our side. Try again shortly.', {
    cause,
  })
}
