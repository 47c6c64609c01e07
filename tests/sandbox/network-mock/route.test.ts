import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NetworkMockConfig } from '../../../sandbox/network-mock/config.ts'
import { forwardedHeaders, routeOf } from '../../../sandbox/network-mock/route.ts'

const PAGE = 'http://192.168.1.5:8288'
const config: NetworkMockConfig = {
  identityUrl: 'http://192.168.1.5:9001',
  creditsUrl: 'http://192.168.1.5:9002/',
  contract: 'extended',
  frontendVersion: '1.58.1',
}

const route = (
  url: string,
  headers: Record<string, string> = {},
  contract: NetworkMockConfig['contract'] = 'extended',
) => routeOf({ url, headers: new Headers(headers) }, { ...config, contract }, PAGE)

describe('Stripe.js comes', () => {
  const asked = 'https://js.stripe.com/endive/stripe.js'
  const from = (stripeJsUrl: string) =>
    routeOf({ url: asked, headers: new Headers() }, { ...config, stripeJsUrl }, PAGE)

  it('from nowhere unless it is played', () => {
    expect(route(asked)).toEqual({ to: 'nowhere' })
  })

  it('from its stand-in, or from Stripe itself', () => {
    expect(from('http://192.168.1.5:9003/js')).toEqual({
      to: 'service',
      url: 'http://192.168.1.5:9003/js/endive/stripe.js',
    })
    expect(from('https://js.stripe.com')).toEqual({ to: 'network' })
  })

  it('with all it needs from Stripe itself, and from nobody like it', () => {
    const itself = { ...config, stripeJsUrl: 'https://js.stripe.com' }
    const to = (url: string) => routeOf({ url, headers: new Headers() }, itself, PAGE).to
    expect(to('https://api.stripe.com/v1/x')).toBe('network')
    expect(to('https://m.stripe.network/x')).toBe('network')
    expect(to('https://notstripe.com/x')).toBe('nowhere')
  })
})

describe('a request goes', () => {
  it.each([
    [
      'https://identitytoolkit.googleapis.com/v1/accounts:lookup?key=k',
      'http://192.168.1.5:9001/v1/accounts:lookup?key=k',
    ],
    ['https://securetoken.googleapis.com/v1/token?key=k', 'http://192.168.1.5:9001/v1/token?key=k'],
    [
      'https://api.comfy.org/customers/events?page=2',
      'http://192.168.1.5:9002/customers/events?page=2',
    ],
    ['https://cloud.comfy.org/api/billing/status', 'http://192.168.1.5:9002/api/billing/status'],
  ])('from %s to %s', (outside, url) => {
    expect(route(outside)).toEqual({ to: 'service', url })
  })

  it.each([
    `${PAGE}/api/prompt`,
    'http://192.168.1.5:9002/customers',
    'http://127.0.0.1:5/x',
    'http://localhost:5/x',
    'http://[::1]:5/x',
  ])('its own way when it stays here: %s', (url) => {
    expect(route(url)).toEqual({ to: 'network' })
  })

  it.each([
    'https://cloud.comfy.org/',
    'https://example.org/',
    'https://api.comfy.org.example.org/customers',
    'https://127.0.0.1.example.org/',
    'http://192.168.1.6:8288/',
  ])('nowhere when it is anything else: %s', (url) => {
    expect(route(url)).toEqual({ to: 'nowhere' })
  })

  it.each([
    'https://o1.ingest.us.sentry.io/api/2/envelope/',
    'https://cloud.comfy.org/cdn-cgi/trace',
    'https://www.google.com/',
  ])('into silence when nobody would miss it: %s', (url) => {
    expect(route(url)).toEqual({ to: 'silence' })
  })

  it('never out of this machine, whatever the address', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (url) => {
        const answer = route(url)
        return answer.to === 'service'
          ? answer.url.startsWith('http://192.168.1.5:900')
          : answer.to !== 'network'
      }),
    )
  })
})

describe('a header of the page’s own', () => {
  const balance = 'https://api.comfy.org/customers/balance'

  it.each(['Authorization', 'X-API-KEY', 'Content-Type', 'Accept-Language', 'User-Agent'])(
    '%s passes on the plain contract',
    (name) => {
      expect(route(balance, { [name]: 'x' }, 'plain').to).toBe('service')
    },
  )

  it('Idempotency-Key passes on the extended contract only', () => {
    expect(route(balance, { 'Idempotency-Key': 'x' }, 'extended').to).toBe('service')
    expect(route(balance, { 'Idempotency-Key': 'x' }, 'plain').to).toBe('nowhere')
  })

  it.each(['X-Request-Id', 'X-Requested-With', 'Cache-Control'])(
    '%s is refused on both, as by a preflight',
    (name) => {
      expect(route(balance, { [name]: 'x' }, 'extended').to).toBe('nowhere')
      expect(route(balance, { [name]: 'x' }, 'plain').to).toBe('nowhere')
    },
  )

  it('does not matter to the login, which sends several', () => {
    const lookup = 'https://identitytoolkit.googleapis.com/v1/accounts:lookup'
    expect(route(lookup, { 'X-Client-Version': 'Chrome/JsCore' }, 'plain').to).toBe('service')
  })
})

it('the browser’s own headers are left for the browser to add again', () => {
  const seen = new Headers({
    'User-Agent': 'x',
    'sec-ch-ua': 'x',
    Referer: PAGE,
    Authorization: 'Bearer t',
    'Content-Type': 'application/json',
  })
  expect([...forwardedHeaders(seen).keys()]).toEqual(['authorization', 'content-type'])
})
