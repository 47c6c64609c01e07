import { http, HttpResponse, type HttpHandler } from 'msw'
import { describe, expect, it, vi } from 'vitest'
import { balanceStatus, button, find, panelTests } from '../support/panel.ts'

const open = panelTests()
// What a page's policy blocks stays blocked for the page's life, so no other test uses these.
const apiBase = 'https://api.blocked.invalid'
const cloudBase = 'https://cloud.blocked.invalid'

/** A page whose policy forbids to ask `base`: the request fails, and the page learns why. */
function forbids(base: string): HttpHandler {
  return http.all(`${base}/*`, ({ request }) => {
    const violation = { effectiveDirective: 'connect-src', blockedURI: request.url }
    document.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), violation))
    return HttpResponse.error()
  })
}

const text = (): string => document.body.textContent

describe('a page whose policy forbids to ask, as with --disable-api-nodes', () => {
  it('is named as the reason where the customer pays', async () => {
    open({ apiBase, also: [forbids(apiBase)] })
    await vi.waitFor(() => expect(text()).toContain('started with --disable-api-nodes'))
    expect(balanceStatus().dataset['credits']).toBeUndefined()
  })

  it('is named as the reason where the host cannot learn who pays, and not the cloud', async () => {
    const { asked, host } = open({
      billingContext: { state: 'unreachable' },
      cloudBase,
      also: [forbids(cloudBase)],
    })
    await vi.waitFor(() => expect(text()).toContain('started with --disable-api-nodes'))
    expect(text()).not.toContain('cloud cannot be reached')
    expect(find('[role=alert]').textContent).toContain('Start ComfyUI without that')
    expect(document.querySelector('.cc-billing-account')).toBeNull()
    expect(balanceStatus().dataset['credits']).toBeUndefined()
    expect(() => button('Buy credits')).toThrow('No button')
    expect(asked).toEqual(['HEAD /'])
    button('Refresh balance').click()
    await vi.waitFor(() => expect(host.retries()).toBe(1))
  })

  it('is not asked about before a login', async () => {
    const { asked } = open({ account: null, billingContext: { state: 'unreachable' } })
    await new Promise((resolve) => {
      setTimeout(resolve)
    })
    expect(asked).toEqual([])
  })
})
