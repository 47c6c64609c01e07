import { describe, expect, it } from 'vitest'
import { returnPageWithTexts } from '../../build/return-page.ts'
import { pseudoReturnPage } from '../../scripts/screenshots/pseudo-language.ts'

const textsOf = (page: string): unknown =>
  JSON.parse(/data-texts>(.*?)<\/script>/s.exec(page)?.[1] ?? '')

describe('the page that a payment returns to, in a pseudo-language', () => {
  const page = returnPageWithTexts()

  it('has long texts in place of one language, and leaves the others', () => {
    const texts = textsOf(pseudoReturnPage(page, 'ar'))
    expect(texts).toMatchObject({
      ar: { 'buy.paidTitle': expect.stringMatching(/^⟦.*~+⟧$/) },
      en: { 'buy.paidTitle': 'Payment received' },
    })
  })

  it('is refused without texts', () => {
    expect(() => pseudoReturnPage('<script data-texts>{}</script>', 'ar')).toThrow('no texts')
  })
})
