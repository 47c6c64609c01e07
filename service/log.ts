import { DrizzleQueryError } from 'drizzle-orm'
import pino, { type Logger } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/** One JSON line per entry, on standard output. */
export function createLog(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: { service: 'credits' },
      serializers: { err: describeError },
      redact: ['authorization', 'token', 'key', 'body', 'headers', '*.authorization', '*.token'],
    },
    pino.destination({ dest: 1, sync: true }),
  )
}

/**
 * Only what helps and is safe to store. Errors of libraries carry more: Stripe's have the request's
 * headers, drizzle's have the values of the query.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  if (error instanceof DrizzleQueryError) {
    return { type: error.name, query: error.query, cause: describeError(error.cause) }
  }
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    ...('requestId' in error && { requestId: error.requestId }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}
