import { HttpResponse } from 'msw'
import { nextTick } from 'vue'
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { sampleEvents } from '../../../sandbox/panel/sample-events.ts'
import { englishParts } from '../../../src/i18n/languages.ts'
import { loaders } from '../../../src/i18n/other-languages.ts'
import { button, find, panelTests, rows } from '../support/panel.ts'
import { PSEUDO, pseudo } from '../../support/pseudo.ts'
import { teachPseudo, untranslated } from '../support/pseudo.ts'

const open = panelTests()
const ISOLATE = /[\u2066-\u2069]/u
const root = (): HTMLElement => find('section[role=region]')
const expectTitle = (title: string) =>
  vi.waitFor(() => expect(find('h2', root()).textContent).toBe(title))

// A chunk of its own: no test should have to wait until it is made.
beforeAll(() => import('../../../src/purchase/BuyDialog.vue'))

describe('the language', () => {
  it('is the host’s from the first moment on: no English is seen before Chinese', async () => {
    const { element } = open({ locale: 'zh' })
    const seen: string[] = []
    const observer = new MutationObserver(() => seen.push(element.textContent))
    observer.observe(element, { childList: true, subtree: true, characterData: true })
    await expectTitle('积分')
    observer.disconnect()
    expect(root().lang).toBe('zh')
    expect(root().dir).toBe('ltr')
    expect(seen.filter((text) => text.includes('Credits'))).toEqual([])
  })

  it('follows the host at once, back and forth, the popup included', async () => {
    const { host } = open({ locale: 'en' })
    await expectTitle('Credits')
    button('Buy credits').click()
    await vi.waitFor(() => find('dialog h2'))
    host.speak('zh')
    await vi.waitFor(() => expect(find('dialog h2').textContent).toBe('购买积分'))
    await vi.waitFor(() => expect(find('dialog').textContent).toContain('最低 $5，最高 $10,000。'))
    host.speak('en')
    await vi.waitFor(() => expect(find('dialog h2').textContent).toBe('Buy credits'))
    expect(root().lang).toBe('en')
  })

  it('changes without losing what was typed, its focus, or what it means', async () => {
    const { host } = open({ locale: 'en' })
    await vi.waitFor(() => button('Buy credits').click())
    await vi.waitFor(() => find('dialog form'))
    const field = () => find('dialog form input') as HTMLInputElement
    const type = (text: string) => {
      field().value = text
      field().dispatchEvent(new Event('input', { bubbles: true }))
      return nextTick()
    }
    field().focus()
    await type('37')
    const before = field()
    host.speak('de')
    await vi.waitFor(() => expect(root().lang).toBe('de'))
    expect(field()).toBe(before)
    expect(document.activeElement).toBe(before)
    expect(field().value).toBe('37')
    await type('1.250')
    host.speak('en')
    await vi.waitFor(() => expect(root().lang).toBe('en'))
    await vi.waitFor(() => expect(field().value).toBe('1,250'))
    expect(find('dialog').textContent).toContain('You pay $1,250')
    await type('2.5x')
    host.speak('ar')
    await vi.waitFor(() => expect(root().dir).toBe('rtl'))
    expect(field().value).toBe('2.5x')
  })

  it('keeps the search of the history', async () => {
    const { host } = open({ locale: 'en', of: new PanelAccount(10, sampleEvents(Date.now())) })
    await vi.waitFor(() => expect(rows('run')).not.toHaveLength(0))
    const search = find('.cc-search input') as HTMLInputElement
    search.value = 'lexis'
    search.dispatchEvent(new Event('input', { bubbles: true }))
    await nextTick()
    host.speak('he')
    await vi.waitFor(() => expect(root().lang).toBe('he'))
    expect((find('.cc-search input') as HTMLInputElement).value).toBe('lexis')
  })

  it('is the one asked for last, whichever is loaded first', async () => {
    const { host } = open({ locale: 'zh' })
    host.speak('en')
    await expectTitle('Credits')
    host.speak('zh-SG')
    await expectTitle('积分')
    host.speak('en')
    await expectTitle('Credits')
  })

  it('loads its own texts and those of no other', async () => {
    const loaded: string[] = []
    const originals = { ...loaders }
    onTestFinished(() => void Object.assign(loaders, originals))
    for (const [file, load] of Object.entries(originals)) {
      loaders[file] = () => {
        loaded.push(file)
        return load()
      }
    }
    const { host } = open({ locale: 'ja' })
    await expectTitle('クレジット')
    expect([...new Set(loaded.map((file) => file.split('/')[0]))]).toEqual(['ja'])
    host.speak('ar')
    await expectTitle('الرصيد')
    expect([...new Set(loaded.map((file) => file.split('/')[0]))]).toEqual(['ja', 'ar'])
  })

  it('is English where we have none of the host’s, and so are figures and dates', async () => {
    open({ locale: 'bn-IN', of: new PanelAccount(10.5, sampleEvents(Date.now())) })
    await expectTitle('Credits')
    expect(root().lang).toBe('en')
    await vi.waitFor(() => expect(root().textContent).toContain('2,215.50'))
  })

  it.each(['ur-PK', 'ckb', 'yi', 'hi'])(
    'of figures, dates and plurals is that of the texts, not of a %s browser',
    async (locale) => {
      open({ locale, of: new PanelAccount(10.5, sampleEvents(Date.now())) })
      await vi.waitFor(() => expect(rows('run')).not.toHaveLength(0))
      const text = root().textContent
      expect(text).toContain('2,215.50')
      expect(text).toContain('2 calls')
      expect(text.replaceAll(/[\p{Script=Latin}\p{P}\p{S}\p{N}\s]/gu, '')).toBe('')
      expect(text).not.toMatch(/[٠-٩۰-۹०-९]/u)
      const isolated = [...root().querySelectorAll('time, td.cc-cell-credits, .cc-balance-figure')]
      expect(isolated.filter((element) => element.querySelector('bdi') === null)).toEqual([])
      expect(isolated.length).toBeGreaterThan(10)
      // From left to right a text is found as it reads.
      expect(text).not.toMatch(ISOLATE)
    },
  )

  it('of a count has that language’s forms', async () => {
    const calls = (locale: string) => {
      open({ locale, of: new PanelAccount(10, sampleEvents(Date.now())) })
      return vi.waitFor(() => expect(rows('run')).not.toHaveLength(0))
    }
    await calls('en')
    expect(document.body.textContent).toContain('2 calls')
    document.body.replaceChildren()
    await calls('zh')
    expect(document.body.textContent).toContain('2 次调用')
  })
})

describe('texts whose chunk is gone, as when the extension was updated under an open page', () => {
  const english = { ...englishParts }
  const others = { ...loaders }
  afterEach(() => {
    Object.assign(englishParts, english)
    Object.assign(loaders, others)
  })
  const gone = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
  beforeEach(() => vi.stubGlobal('reportError', vi.fn<typeof reportError>()))
  afterEach(() => vi.unstubAllGlobals())

  it('leave the popup to say so, and to be closed', async () => {
    englishParts.purchase = gone
    open({ locale: 'en' })
    await vi.waitFor(() => button('Buy credits').click())
    await vi.waitFor(() => expect(find('[role=alert]').textContent).toContain('reload'))
    button('Close').click()
    await vi.waitFor(() => expect(document.querySelector('[role=alert]')).toBeNull())
    expect(reportError).toHaveBeenCalledOnce()
  })

  it('are English ones, where there are these', async () => {
    loaders['zh/purchase'] = gone
    open({ locale: 'zh' })
    await expectTitle('Credits')
    await vi.waitFor(() => button('Buy credits').click())
    await vi.waitFor(() => expect(find('dialog h2').textContent).toBe('Buy credits'))
    expect(find('dialog').textContent).toContain('Minimum $5, maximum $10,000.')
  })
})

describe('in a language that is longer and goes from right to left', () => {
  /** Of the sample account, and what Intl writes. */
  const DATA = /Sample\w+|lexis-\w+|storage_fee_settled|\p{sc=Arabic}+|US/gu
  beforeAll(teachPseudo)

  it('the pseudo-language is half as long again and leaves holes alone', () => {
    const text = pseudo('Pay {usd} in the other tab')
    expect(text).toContain('{usd}')
    expect(text.length).toBeGreaterThanOrEqual('Pay {usd} in the other tab'.length * 1.5)
  })

  it('the panel says nothing that is not in the texts', async () => {
    open({ locale: PSEUDO, of: new PanelAccount(-4.2, sampleEvents(Date.now())) })
    await vi.waitFor(() => expect(rows()).toHaveLength(10))
    await vi.waitFor(() => expect(root().textContent).toContain(pseudo('Your balance is negative')))
    expect(root().dir).toBe('rtl')
    expect(root().lang).toBe(PSEUDO)
    expect(untranslated(root(), DATA)).toEqual([])
  })

  it('amounts inside sentences keep their own direction', async () => {
    open({ locale: PSEUDO, of: new PanelAccount(10, sampleEvents(Date.now())) })
    await vi.waitFor(() => expect(rows()).toHaveLength(10))
    expect(find('.cc-result p').textContent).toMatch(/\u2068[\d.,]+\u2069/u)
    button(pseudo('Buy credits')).click()
    await vi.waitFor(() => find('dialog form'))
    expect(find('dialog').textContent).toMatch(
      /\u2068[^\u2068\u2069]*25\sUS\$\u200E\u2069 · gët \u20685,275\u2069/u,
    )
  })

  it.each(['overview', 'settings'] as const)('its tab %s does neither', async (tab) => {
    open({ tab, locale: PSEUDO, of: new PanelAccount(-4.2, sampleEvents(Date.now())) })
    const ready = { overview: '.cc-latest tbody tr', settings: '.cc-about textarea' }[tab]
    await vi.waitFor(() => find(ready, root()))
    for (const data of root().querySelectorAll('.cc-about textarea')) data.remove()
    expect(untranslated(root(), DATA)).toEqual([])
  })

  it('the panel’s troubles are said in the texts too', async () => {
    open({
      locale: PSEUDO,
      answers: (usual) => ({
        ...usual,
        balance: () => HttpResponse.error(),
        events: () => HttpResponse.json({}, { status: 500 }),
      }),
    })
    await vi.waitFor(() => expect(root().querySelectorAll('[role=alert]')).toHaveLength(2))
    expect(untranslated(root(), DATA)).toEqual([])
  })

  it('the popup says nothing that is not in the texts, before and after Buy', async () => {
    vi.spyOn(window, 'open').mockReturnValue(null)
    open({ locale: PSEUDO })
    await vi.waitFor(() => button(pseudo('Buy credits')).click())
    await vi.waitFor(() => find('dialog form'))
    expect(untranslated(root(), DATA)).toEqual([])
    find('dialog form button[type=submit]').click()
    await vi.waitFor(() => find('dialog a'))
    expect(find('dialog').textContent).toContain(pseudo('The payment tab did not open'))
    expect(untranslated(root(), DATA)).toEqual([])
    vi.restoreAllMocks()
  })
})
