/** The browser tells of a blocked request in a task of its own, before or after the failure. */
const TOLD_WITHIN_MS = 100

/** Kept for good, as the browser tells only once of requests to the same address. */
const blockedOrigins = new Set<string>()
let watching = false

/**
 * From now on notes what the page's Content Security Policy keeps from us. ComfyUI's server sends
 * `connect-src 'self'` when started with --disable-api-nodes.
 */
export function watchBlockedRequests(): void {
  if (watching) return
  watching = true
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    if (effectiveDirective !== 'connect-src' || !URL.canParse(blockedURI)) return
    blockedOrigins.add(new URL(blockedURI).origin)
  })
}

/** Whether a request to `url` that has just failed was kept back by the page's policy. */
export async function wasBlocked(url: string): Promise<boolean> {
  if (!blockedOrigins.has(new URL(url).origin)) {
    await new Promise((resolve) => {
      setTimeout(resolve, TOLD_WITHIN_MS)
    })
  }
  return blockedOrigins.has(new URL(url).origin)
}

/**
 * Whether the page's policy keeps us from `base`, by trying: one request that carries nothing and
 * whose answer nobody waits for. For where the host's own requests have failed, and were blocked
 * before anybody watched.
 */
export async function isBlocked(base: string): Promise<boolean> {
  watchBlockedRequests()
  const trial = new AbortController()
  const options = { method: 'HEAD', mode: 'no-cors', credentials: 'omit' } as const
  fetch(base, { ...options, signal: trial.signal }).catch(() => {
    // Blocked, aborted and unreachable look the same here; the policy's own event tells them apart.
  })
  const blocked = await wasBlocked(base)
  trial.abort()
  return blocked
}
