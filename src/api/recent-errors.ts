import type { Endpoint } from '@comfyui-credits/contract/endpoints'
import { ApiError, type ApiErrorCode } from './port.ts'

/** A call that failed, for a bug report: nothing of it tells who somebody is or what they have. */
export interface RecentError {
  /** ISO 8601, to the second. */
  readonly at: string
  /** Method and path as the contract writes them, without ids. */
  readonly call: string
  readonly code: ApiErrorCode
  readonly status?: number
  readonly serverCode?: string
}

const KEPT = 20
/** Services make codes of these; anything else may be words with a name in them. */
const CODE = /^[\w-]{1,40}$/

const errors: RecentError[] = []

/** Keeps the newest few, for as long as the login lasts. What we cancelled is no error. */
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
  if (errors.length > KEPT) errors.shift()
}

/** At a change of the login: what went wrong for one person is not reported by the next. */
export function forgetErrors(): void {
  errors.length = 0
}

/** Newest first. */
export function recentErrors(): readonly RecentError[] {
  return errors.toReversed()
}
