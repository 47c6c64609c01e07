import { isFitAddress } from '../addresses.ts'
import { ServiceError } from '../errors.ts'

const MAX_LENGTH = 2_000
/** Stripe puts the session's id in its place; it must reach Stripe unescaped. */
const SESSION_ID = '{CHECKOUT_SESSION_ID}'

/** Checks the page that a payment returns to (`addresses.ts`). */
export function parseReturnAddress(text: string, publicUrl: string): URL {
  // As Stripe gets it, which refuses long ones: other letters than ASCII take six times as much there.
  if (isFitAddress(text, publicUrl) && new URL(text).href.length <= MAX_LENGTH) return new URL(text)
  throw new ServiceError(
    'return-url-invalid',
    publicUrl.startsWith('https:')
      ? 'return_url must be the address of an https page, or of one on this computer.'
      : 'return_url must be the address of an http(s) page.',
  )
}

/** `page` with `checkout`, and on success `session_id`, merged into its query. */
export function returnAddress(page: URL, outcome: 'success' | 'cancelled'): string {
  const url = new URL(page)
  url.searchParams.delete('session_id')
  url.searchParams.set('checkout', outcome)
  // Stripe fills in the session on success only.
  const session = outcome === 'success' ? `&session_id=${SESSION_ID}` : ''
  return `${url.origin}${url.pathname}${url.search}${session}${url.hash}`
}
