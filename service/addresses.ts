/**
 * Which addresses of others the service deals with: pages that a payment returns to, pages of Stripe's
 * that it gives out, and servers that it asks. An https service has no use for plain http, on which
 * anybody on the way reads and changes what passes; only this machine itself is spared, where ComfyUI
 * usually runs without https. Where the service itself is http there is nothing to lose.
 */
export function isFitAddress(address: string, publicUrl: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (!publicUrl.startsWith('https:') || isLoopback(url.hostname))
}

/** As `URL` writes them: lower case, IPv4 in four numbers, IPv6 shortened in brackets. */
function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '')
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  )
}
