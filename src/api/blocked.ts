/** The browser reports a blocked request in a task of its own, before or after the failure. */
const REPORTED_WITHIN_MS = 100

/** Never cleared, as the browser reports requests to the same address only once. */
const blockedOrigins = new Set<string>()
let watching = false

/**
 * From now on records what the page's Content Security Policy blocks. ComfyUI's server sends
 * `connect-src 'self'` when started with --disable-api-nodes.
 */
export function watchBlockedRequests(): void {
  // A command has no page, and so no policy.
  if (watching || !('document' in globalThis)) return
  watching = true
  document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    if (effectiveDirective !== 'connect-src' || !URL.canParse(blockedURI)) return
    blockedOrigins.add(new URL(blockedURI).origin)
  })
}

/** Whether a request to `url` that has just failed was blocked by the page's policy. */
export async function wasBlocked(url: string): Promise<boolean> {
  if (!blockedOrigins.has(new URL(url).origin)) {
    await new Promise((resolve) => {
      setTimeout(resolve, REPORTED_WITHIN_MS)
    })
  }
  return blockedOrigins.has(new URL(url).origin)
}

/**
 * Whether the page's policy blocks requests to `base`, by trying: one request that carries nothing
 * and whose answer nobody waits for. For when the host's own requests failed before anybody watched.
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
