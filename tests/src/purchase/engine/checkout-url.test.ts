import { describe, expect, it } from 'vitest'
import { trustedCheckoutUrl } from '../../../../src/purchase/engine/checkout-url.ts'

const API = 'https://api.comfy.org'

describe('trustedCheckoutUrl', () => {
  it.each([
    'https://checkout.stripe.com/c/pay/cs_test_1#fid',
    'https://billing.stripe.com/p/session/1',
    'https://pay.comfy.org/c/pay/cs_1',
    'https://127.0.0.1:8290/',
    'http://127.0.0.1:8290/c/pay/cs_test_1',
    'http://localhost:8290/',
    'http://pay.localhost/',
    'http://[::1]:8290/',
    'http://10.0.0.7/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.20:8290/',
  ])('opens %s', (url) => {
    expect(trustedCheckoutUrl(url, API)).toBe(url)
  })

  it.each([
    'http://checkout.stripe.com/',
    'https://example.com/c/pay/cs_1',
    'https://stripe.com.example/',
    'https://notstripe.com/',
    'https://checkout.stripe.com.evil.example/',
    'http://11.0.0.1/',
    'http://172.32.0.1/',
    'http://192.169.1.1/',
    'http://127.0.0.1.evil.example/',
    'http://localhost.evil.example/',
    'https://user:word@checkout.stripe.com/',
    'https://checkout.stripe.com@evil.example/',
    'javascript:alert(1)',
    'data:text/html,hi',
    'file:///etc/passwd',
    '/relative',
    'checkout.stripe.com',
    '',
  ])('refuses %j', (url) => {
    expect(trustedCheckoutUrl(url, API)).toBeNull()
  })

  it('opens what is on the host the API itself is on', () => {
    const own = 'https://credits.studio.example/pay/1'
    expect(trustedCheckoutUrl(own, 'https://credits.studio.example')).toBe(own)
    expect(trustedCheckoutUrl(own, API)).toBeNull()
    expect(trustedCheckoutUrl('http://credits.lan:9/x', 'http://credits.lan:8/')).toBe(
      'http://credits.lan:9/x',
    )
  })

  it('sees through other ways of writing an address', () => {
    expect(trustedCheckoutUrl('http://0x7f.1/', API)).toBe('http://127.0.0.1/')
    expect(trustedCheckoutUrl('http://134744072/', API)).toBeNull()
  })
})
