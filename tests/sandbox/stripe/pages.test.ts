import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { card, press, startBench, topUp, wallet } from './harness.ts'

let nowMs = Date.now()
let bench: Awaited<ReturnType<typeof startBench>>
beforeAll(async () => {
  bench = await startBench({ now: () => nowMs })
})
afterAll(() => bench.close())

async function open(params: Parameters<typeof topUp>[0] = {}) {
  const session = await bench.client.checkout.sessions.create(topUp(params))
  const url = String(session.url)
  return {
    id: session.id,
    url,
    phone: `${bench.stripe.url}/q/${session.id}`,
    html: async () => (await fetch(url)).text(),
    session: () => bench.client.checkout.sessions.retrieve(session.id),
    status: async () => (await fetch(`${url}/status`)).json(),
  }
}

const done = (id: string) => `http://127.0.0.1:9/done?session_id=${id}`

describe('paying by card', () => {
  it('goes to the success address with the session’s id', async () => {
    const page = await open()
    const response = await press(page.url, card())
    expect(response.status).toBe(303)
    expect(response.headers.get('Location')).toBe(done(page.id))
    expect(await page.session()).toMatchObject({ payment_status: 'paid' })
  })

  it('says why a card was declined, and takes another', async () => {
    const page = await open()
    const declined = await press(page.url, card('4000000000000002'))
    expect(await declined.text()).toContain('Your card was declined.')
    expect(await page.session()).toMatchObject({ status: 'open', payment_intent: null })
    expect((await press(page.url, card())).status).toBe(303)
  })

  it('never takes a number that is not a test card', async () => {
    const page = await open()
    expect(await (await press(page.url, card('4111111111111111'))).text()).toContain('never a real')
    expect(await page.session()).toMatchObject({ status: 'open' })
  })

  it('is done once, however often Pay is pressed', async () => {
    const page = await open()
    const answers = await Promise.all([press(page.url, card()), press(page.url, card())])
    expect(answers.map((answer) => answer.headers.get('Location'))).toEqual([
      done(page.id),
      done(page.id),
    ])
    const intents = await bench.client.charges.list({ limit: 100 })
    const { payment_intent: paid } = await page.session()
    expect(intents.data.filter((charge) => charge.payment_intent === paid)).toHaveLength(1)
  })

  it('is not taken from another site’s form', async () => {
    const page = await open()
    const response = await fetch(page.url, {
      method: 'POST',
      headers: { 'Sec-Fetch-Site': 'cross-site' },
      body: new URLSearchParams(card()),
    })
    expect(response.status).toBe(403)
    expect(await page.session()).toMatchObject({ status: 'open' })
  })

  it('is declined on demand', async () => {
    const page = await open()
    await bench.faults({ decline_next: 1 })
    expect(await (await press(page.url, card())).text()).toContain('declined')
    expect((await press(page.url, card())).status).toBe(303)
  })
})

describe('paying by QR code', () => {
  it('shows a code, and completes when the phone confirms', async () => {
    const page = await open()
    expect(await page.html()).toContain('Generate QR Code')
    await press(page.url, wallet('wechat_pay'))
    expect(await page.html()).toContain('Scan to pay $25.00')
    const image = await fetch(`${page.url}/qr.svg`)
    expect(image.headers.get('Content-Type')).toBe('image/svg+xml')
    expect(await page.status()).toEqual({ go: null })

    expect(await (await fetch(page.phone)).text()).toContain('WeChat Pay')
    await press(page.phone, { decision: 'confirm' })
    expect(await page.status()).toEqual({ go: done(page.id) })
    expect(await page.session()).toMatchObject({ payment_status: 'paid' })
  })

  it('charges nothing when the phone refuses, and lets the payer try again', async () => {
    const page = await open()
    await press(page.url, wallet('alipay'))
    await press(page.phone, { decision: 'refuse' })
    expect(await page.status()).toEqual({ go: `/c/pay/${page.id}` })
    expect(await page.html()).toContain('refused on your phone')
    await press(page.phone, { decision: 'confirm' })
    expect(await page.session()).toMatchObject({ status: 'open' })
    await press(page.url, wallet('alipay'))
    await press(page.phone, { decision: 'confirm' })
    expect(await page.session()).toMatchObject({ payment_status: 'paid' })
  })

  it('can be left for another method', async () => {
    const page = await open()
    await press(page.url, wallet('alipay'))
    await press(page.url, { action: 'choose' })
    await press(page.phone, { decision: 'confirm' })
    expect(await page.session()).toMatchObject({ status: 'open' })
    expect(await page.html()).toContain('Pay $25.00')
  })

  it('is only offered for the methods that the session has', async () => {
    const page = await open({ allowed_payment_method_types: ['card'] })
    await press(page.url, wallet('alipay'))
    expect(await page.html()).not.toContain('QR')
  })
})

describe('a page that cannot be paid any more', () => {
  it('says that it expired when its time has come', async () => {
    const page = await open()
    nowMs += 25 * 3_600_000
    expect(await page.html()).toContain('This payment page has expired')
    expect((await press(page.url, card())).headers.get('Location')).toBe(`/c/pay/${page.id}`)
    expect(await page.session()).toMatchObject({ status: 'expired', payment_status: 'unpaid' })
    expect(await (await fetch(page.phone)).text()).toContain('Nothing was charged')
  })

  it('says that it was paid, with the way back', async () => {
    const page = await open()
    await press(page.url, card())
    const html = await page.html()
    expect(html).toContain('You are all done here')
    expect(html).toContain(done(page.id))
  })

  it('is a plain 404 when there is no such session', async () => {
    expect((await fetch(`${bench.stripe.url}/c/pay/cs_test_none`)).status).toBe(404)
  })
})

it('never turns a shop’s words into HTML', async () => {
  const name = '<script>alert(1)</script>'
  const page = await open({
    line_items: [{ price_data: { currency: 'usd', unit_amount: 500, product_data: { name } } }],
  })
  const html = await page.html()
  expect(html).not.toContain(name)
  expect(html).toContain('&lt;script&gt;alert(1)')
})
