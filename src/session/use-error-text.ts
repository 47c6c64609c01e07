import { clockSkewMs } from '../api/clock.ts'
import type { ApiErrorCode } from '../api/port.ts'
import { formatSpan } from '../i18n/format-span.ts'
import { useTexts } from '../i18n/texts.ts'
import { useSessionStore } from './store.ts'

type ErrorCode = ApiErrorCode | 'checkout-url-untrusted' | 'amount-out-of-bounds'

/** What a wrong clock leads to: the host or the service takes a token for expired. */
const BY_CLOCK: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'logged-out'])

/** What is wrong and what helps, for the code of a failed call. */
export function useErrorText(): (code: ErrorCode) => string {
  const t = useTexts()
  const session = useSessionStore()
  return (code) => {
    const skew = BY_CLOCK.has(code) ? clockSkewMs() : null
    if (skew === null) return t(`error.${code}`)
    const time = formatSpan(Math.abs(skew), session.locale)
    return t(skew > 0 ? 'error.clockAhead' : 'error.clockBehind', { time })
  }
}
