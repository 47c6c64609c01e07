import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNumber } from '../../../../src/purchase/amount/parse-number.ts'

describe('parseNumber', () => {
  it.each([
    ['25', 'en', 25],
    ['1,234.50', 'en', 1234.5],
    ['1.234,50', 'en', 1234.5],
    ['1,234.50', 'de', 1234.5],
    ['1.234,50', 'de', 1234.5],
    ['1,234', 'en', 1234],
    ['1.234', 'de', 1234],
    ['1.234', 'en', 1.234],
    ['1,234', 'de', 1.234],
    ['12.5', 'de', 12.5],
    ['12,5', 'en', 12.5],
    ['1,234,567', 'de', 1_234_567],
    ['1\u202f234,50', 'fr', 1234.5],
    ['1’234.50', 'de-CH', 1234.5],
    ['1,23,456', 'hi', 123_456],
    ['１００', 'zh', 100],
    ['１，２３４．５０', 'ja', 1234.5],
    ['١٢٣٤٫٥', 'ar', 1234.5],
    ['१००', 'hi', 100],
    ['۱٬۲۳۴٫۵', 'fa', 1234.5],
    ['۱۲۳۴', 'fa', 1234],
    ['1 234,5', 'ru', 1234.5],
    ['1\u00A0234.5', 'ru', 1234.5],
    ['1 234,567', 'en', 1234.567],
    ["1'234.5", 'en', 1234.5],
    ["1'234'567", 'de-CH', 1_234_567],
    ['1。5', 'ja', 1.5],
    ['\u200F1,234\u200F', 'he', 1234],
  ])('reads %s in %s as %d', (text, locale, number) => {
    expect(parseNumber(text, locale)).toBe(number)
  })

  it.each([
    '',
    '.',
    ',5',
    '5.',
    '-5',
    '+5',
    '1e3',
    '0x10',
    '1.2.3',
    '1,2,3',
    'ten',
    '1.234.5',
    '12 34',
    '1234 567',
    '1 234.567 890',
    "1'234 567",
    '1, 234',
    '5 %',
  ])('makes nothing of %j', (text) => {
    expect(parseNumber(text, 'en')).toBeNull()
  })

  it.each(['en', 'de', 'fr', 'zh', 'ja', 'ar', 'hi', 'de-CH', 'pt-BR'])(
    'reads back what %s itself writes',
    (locale) => {
      const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 2 })
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 1_000_000 }), (cents) => {
          expect(parseNumber(format.format(cents / 100), locale)).toBe(cents / 100)
        }),
      )
    },
  )
})
