import type { NetworkMockConfig } from './config.ts'

/** What becomes of a request that a page of the sandbox makes. */
export type Route =
  /** Not of the outside: the sandbox's own page and services. */
  | { readonly to: 'network' }
  /** Played by a service of this machine, at `url`. */
  | { readonly to: 'service'; readonly url: string }
  /** An empty list, or nothing at all: a harmless answer to a frontend that does not need one. */
  | { readonly to: 'list' }
  | { readonly to: 'silence' }
  /** As if there were no internet. */
  | { readonly to: 'nowhere' }

interface Asked {
  readonly url: string
  readonly headers: Headers
}

const IDENTITY_HOSTS = new Set(['identitytoolkit.googleapis.com', 'securetoken.googleapis.com'])
/** Stripe's own, for what is paid there. */
export const STRIPE_JS = 'https://js.stripe.com'
const API_HOST = 'api.comfy.org'
const CLOUD_HOST = 'cloud.comfy.org'

const RELEASE_NOTES = '/releases'

/**
 * Telemetry, and probes of where in the world the browser is (the login dialog's): a refusal of
 * these only fills the console. Seen in frontends 1.40.7 to 1.58.1.
 */
const UNMISSED = [
  /\.sentry\.io\//,
  /\.posthog\.com\//,
  /\.mixpanel\.com\//,
  /\.browser-intake-datadoghq\.com\//,
  /^www\.googletagmanager\.com\//,
  /^cloud\.comfy\.org\/cdn-cgi\/trace$/,
  /^www\.(google|baidu)\.com\/$/,
]

/** Decides by address and headers alone. `pageOrigin` is the ComfyUI page's own origin. */
export function routeOf(asked: Asked, config: NetworkMockConfig, pageOrigin: string): Route {
  const url = new URL(asked.url)
  const { hostname, pathname, search } = url
  if (staysHere(url, config, pageOrigin)) return { to: 'network' }
  if (IDENTITY_HOSTS.has(hostname)) return service(config.identityUrl, pathname + search)
  if (config.stripeJsUrl === STRIPE_JS && /(^|\.)stripe\.(com|network)$/.test(hostname)) {
    return { to: 'network' }
  }
  if (url.origin === STRIPE_JS && config.stripeJsUrl !== undefined) {
    return service(config.stripeJsUrl, pathname + search)
  }
  if (UNMISSED.some((pattern) => pattern.test(hostname + pathname))) return { to: 'silence' }
  if (hostname === API_HOST && pathname === RELEASE_NOTES) return { to: 'list' }
  const played = hostname === API_HOST || (hostname === CLOUD_HOST && pathname.startsWith('/api/'))
  if (!played) return { to: 'nowhere' }
  if (unwelcomeHeaders(asked.headers, config.contract).length > 0) return { to: 'nowhere' }
  return service(config.creditsUrl, pathname + search)
}

/** Whether `url` is the sandbox's own page, one of its services, or else on this machine. */
export function staysHere(url: URL, config: NetworkMockConfig, pageOrigin: string): boolean {
  const { identityUrl, creditsUrl, stripeJsUrl = creditsUrl } = config
  const own = [pageOrigin, identityUrl, creditsUrl, stripeJsUrl].map((base) => new URL(base).origin)
  return own.includes(url.origin) || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

function service(base: string, pathAndQuery: string): Route {
  return { to: 'service', url: base.replace(/\/$/, '') + pathAndQuery }
}

/** https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
const SAFELISTED = new Set([
  'accept',
  'accept-language',
  'content-language',
  'content-type',
  'range',
])
const WELCOME = new Set(['authorization', 'x-api-key'])
/** Welcome on the extended contract only. */
const ADDED = new Set(['idempotency-key'])

/** What the browser itself adds, beside `sec-…`, and a worker sees. */
const BROWSERS_OWN = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'dnt',
  'host',
  'origin',
  'priority',
  'referer',
  'user-agent',
])

/**
 * Headers that a CORS preflight of the API would not let through. The worker gets a request before
 * the browser asks, so it has to refuse what the preflight would have refused.
 */
function unwelcomeHeaders(headers: Headers, contract: NetworkMockConfig['contract']): string[] {
  return [...forwardedHeaders(headers).keys()].filter(
    (name) =>
      !SAFELISTED.has(name) && !WELCOME.has(name) && !(contract === 'extended' && ADDED.has(name)),
  )
}

/** The page's headers without the browser's own, which the next request gets by itself. */
export function forwardedHeaders(headers: Headers): Headers {
  return new Headers(
    [...headers].filter(([name]) => !name.startsWith('sec-') && !BROWSERS_OWN.has(name)),
  )
}
