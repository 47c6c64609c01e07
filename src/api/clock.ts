import type { AuthHeaders } from '../host/port.ts'

/** A clock that is off by less makes no token look expired. */
const TOLERANCE_MS = 5 * 60_000

let skewMs: number | null = null
let isChecked = false

/** A new client has no answer yet. */
export function forgetClock(): void {
  skewMs = null
  isChecked = false
}

/** How far this computer's clock is ahead, or behind if negative; null unless it is known to be off. */
export function clockSkewMs(): number | null {
  return skewMs
}

/** The same, and 0 where it is known to be right; null while nothing has said how it stands. */
export function checkedClockSkewMs(): number | null {
  return isChecked ? (skewMs ?? 0) : null
}

/**
 * Compares the clock with a token that the host gives out. The host renews old tokens, so the token's
 * own times lie around now if the clock is right.
 */
export function checkClockByToken(auth: AuthHeaders): void {
  const token = 'Authorization' in auth ? readToken(auth.Authorization) : null
  if (token === null) return
  const now = Date.now()
  const fits = now > token.issuedAt - TOLERANCE_MS && now < token.expiresAt + TOLERANCE_MS
  skewMs = fits ? null : now - token.issuedAt
  isChecked = true
}

/** By the Date header of an answer, where the service lets a page read it. */
export function checkClockByAnswer(date: unknown): void {
  const serverTime = readDate(date)
  if (serverTime === null) return
  const ahead = Date.now() - serverTime
  skewMs = Math.abs(ahead) < TOLERANCE_MS ? null : ahead
  isChecked = true
}

/** What an HTTP date says, epoch milliseconds; null where there is none. */
export function readDate(date: unknown): number | null {
  const time = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(time) ? null : time
}

/** Epoch milliseconds; null if the credentials are not a JSON Web Token. */
function readToken(authorization: string): { issuedAt: number; expiresAt: number } | null {
  try {
    const payload = authorization.split('.')[1] ?? ''
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')))
    const { iat, exp } = Object(claims) as { readonly iat?: unknown; readonly exp?: unknown }
    if (typeof iat !== 'number' || typeof exp !== 'number') return null
    return { issuedAt: iat * 1000, expiresAt: exp * 1000 }
  } catch {
    // What atob and JSON throw says only that this is another kind of token.
    return null
  }
}
