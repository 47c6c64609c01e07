import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { returnPageWithTexts } from '../../../../build/return-page.ts'
import {
  CHANNEL,
  readReturnMessage,
  type ReturnMessage,
} from '../../../../src/purchase/engine/return-channel.ts'
import { importAgain } from '../../support/import-again.ts'

const body = /<body>(.*)<\/body>/s.exec(returnPageWithTexts())?.[1] ?? ''

let channel: BroadcastChannel
let received: Promise<ReturnMessage>

beforeEach(() => {
  vi.spyOn(window, 'close').mockReturnValue()
  // The page's own file: it is trusted, and no outside text gets near it.
  document.body.innerHTML = body
  channel = new BroadcastChannel(CHANNEL)
  received = new Promise((resolve) => {
    channel.addEventListener('message', ({ data }) => {
      const message = readReturnMessage(data)
      if (message) resolve(message)
    })
  })
})
afterEach(() => {
  channel.close()
  vi.restoreAllMocks()
  document.body.replaceChildren()
  document.title = ''
  for (const name of ['lang', 'dir']) document.documentElement.removeAttribute(name)
})

async function comeBackWith(query: string): Promise<ReturnMessage> {
  window.history.replaceState(null, '', `/return.html${query}`)
  await importAgain('src/purchase/return/return.ts')
  return received
}

const visible = () =>
  [...document.querySelectorAll<HTMLElement>('[data-outcome]')]
    .filter((section) => !section.hidden)
    .map((section) => section.querySelector('h1')?.textContent)

describe('a message on the channel', () => {
  const message = { kind: 'checkout-returned', attempt: 'a1', outcome: 'success' }

  it.each([message, { ...message, attempt: null }, { ...message, outcome: 'cancelled' }])(
    'is read: %o',
    (sent) => {
      expect(readReturnMessage({ ...sent, more: 1 })).toEqual(sent)
    },
  )

  it.each([
    null,
    undefined,
    'checkout-returned',
    [],
    {},
    { ...message, kind: 'other' },
    { ...message, attempt: 1 },
    { ...message, attempt: undefined },
    { ...message, outcome: 'paid' },
    { kind: message.kind, outcome: message.outcome },
  ])('is not read when it is %o', (sent) => {
    expect(readReturnMessage(sent)).toBeNull()
  })
})

describe('the return page', () => {
  it('tells the waiting tab, says that the payment was received, and closes itself', async () => {
    expect(await comeBackWith('?purchase=a1&checkout=success&session_id=cs_1')).toEqual({
      kind: 'checkout-returned',
      attempt: 'a1',
      outcome: 'success',
    })
    expect(visible()).toEqual(['Payment received'])
    expect(window.close).toHaveBeenCalledTimes(1)
  })

  it('says that the payment was cancelled', async () => {
    expect(await comeBackWith('?purchase=a1&checkout=cancelled')).toMatchObject({
      outcome: 'cancelled',
    })
    expect(visible()).toEqual(['Payment cancelled'])
  })

  it.each([
    ['zh', 'zh', 'ltr', '已收到付款'],
    ['zh-TW', 'zh-TW', 'ltr', '已收到付款'],
    ['de', 'de', 'ltr', 'Zahlung erhalten'],
    ['ar', 'ar', 'rtl', 'تم استلام الدفعة'],
    ['sv', 'en', 'ltr', 'Payment received'],
  ])('asked for %s speaks %s', async (asked, lang, dir, title) => {
    await comeBackWith(`?checkout=success&lang=${asked}`)
    expect(visible()).toEqual([title])
    expect(document.title).toBe(title)
    expect(document.documentElement).toMatchObject({ lang, dir })
    const spoken = [...document.querySelectorAll('[data-text]')].map((element) =>
      element.textContent.trim(),
    )
    expect(spoken).toHaveLength(5)
    expect(spoken).not.toContain('')
  })

  it('speaks the browser’s language when the address names none', async () => {
    vi.spyOn(navigator, 'language', 'get').mockReturnValue('zh-CN')
    await comeBackWith('?checkout=cancelled')
    expect(visible()).toEqual(['付款已取消'])
  })

  it('does not need to know which purchase it was', async () => {
    expect(await comeBackWith('')).toMatchObject({ attempt: null })
  })
})
