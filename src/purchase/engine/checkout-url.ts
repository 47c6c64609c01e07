/** Whose pages take the money: Stripe's own, and Comfy's, which may lend Stripe a name of theirs. */
const TRUSTED = ['stripe.com', 'comfy.org']

/**
 * Whether a payment address may be opened: https on Stripe's or Comfy's hosts, any on the host the
 * API itself is on, and any that cannot leave the machine or the local network (the sandbox).
 * Everything else, such as `javascript:`, is refused. Returns the address as the browser will read
 * it, or null.
 */
export function trustedCheckoutUrl(address: string, apiBase: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return null
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  if (url.protocol === 'https:' && isTrusted(url.hostname)) return url.href
  const sameHost = URL.canParse(apiBase) && new URL(apiBase).hostname === url.hostname
  return sameHost || isLocal(url.hostname) ? url.href : null
}

function isTrusted(hostname: string): boolean {
  return TRUSTED.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`))
}

/** `hostname` comes from URL, so addresses are canonical: no octal or short forms. */
function isLocal(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') {
    return true
  }
  const octets = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(hostname)
  if (!octets) return false
  const [first, second] = [Number(octets[1]), Number(octets[2])]
  return (
    first === 127 ||
    first === 10 ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second <= 31)
  )
}
