import type { Endpoint } from '@comfyui-credits/contract/endpoints'
import { ApiError, type ApiErrorCode } from './port.ts'

/** A call that failed, for a bug report. It names neither a person nor what they have. */
export interface RecentError {
  /** ISO 8601, to the second. */
  readonly at: string
  /** Method and path as the contract writes them, without ids. */
  readonly call: string
  readonly code: ApiErrorCode
  readonly status?: number
  readonly serverCode?: string
}

const MAX_ERRORS = 20
/** Services make codes of these; anything else may be words with a name in them. */
const CODE = /^[\w-]{1,40}$/

const errors: RecentError[] = []

/** Stores the newest few until the login ends. What we cancelled is not an error. */
export function noteError(
  { method, path }: Pick<Endpoint, 'method' | 'path'>,
  error: unknown,
): void {
  if (!(error instanceof ApiError) || error.code === 'cancelled') return
  const { status, serverCode } = error.details
  errors.push({
    at: `${new Date().toISOString().slice(0, 19)}Z`,
    call: `${method} ${path}`,
    code: error.code,
    ...(status === undefined ? {} : { status }),
    ...(serverCode !== undefined && CODE.test(serverCode) ? { serverCode } : {}),
  })
  if (errors.length > MAX_ERRORS) errors.shift()
}

/** At a change of the login: what went wrong for one person is not reported by the next. */
export function forgetErrors(): void {
  errors.length = 0
}

/** Newest first. */
export function recentErrors(): readonly RecentError[] {
  return errors.toReversed()
}
