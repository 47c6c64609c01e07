import { describe, expect, it } from 'vitest'
import { MAX_USD_MICROS, usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { parseCredits, parseMinutes } from '../../../src/limits/typed-credits.ts'

const english = { locale: 'en', words: { usd: ['dollars'], credits: ['credits', 'credit'] } }
const german = { locale: 'de', words: { usd: ['Dollar'], credits: ['Credits', 'Credit'] } }
const credits = (count: number) => ({ state: 'ok', usdMicros: usdMicrosFromCredits(count) })

describe('credits as people type them', () => {
  it.each([
    ['20', 20],
    ['12.66', 12.66],
    ['1,000 credits', 1000],
    [' 5 CREDITS ', 5],
    ['٢٠', 20],
  ])('%s', (text, count) => {
    expect(parseCredits(text, english)).toEqual(credits(count))
  })

  it('are read in the language on screen', () => {
    expect(parseCredits('1.234', german)).toEqual(credits(1234))
    expect(parseCredits('12,66 Credits', german)).toEqual(credits(12.66))
  })

  it.each(['', 'abc', '-5', '1.234', '5 dollars', '1e3'])('%j is none', (text) => {
    expect(parseCredits(text, english)).toEqual({ state: 'unreadable' })
  })

  it('are more than none', () => {
    expect(parseCredits('0', english)).toEqual({ state: 'zero' })
    expect(parseCredits('0.00', english)).toEqual({ state: 'zero' })
  })

  it('are never more than can be stored', () => {
    const most = parseCredits('999,999,999', english)
    expect(most.state === 'ok' && most.usdMicros < MAX_USD_MICROS).toBe(true)
  })
})

describe('minutes', () => {
  it('are whole, from one to a day', () => {
    expect(
      ['1', '5', '1,440', '0', '1441', '2.5', 'x', ''].map((text) => parseMinutes(text, 'en')),
    ).toEqual([1, 5, 1440, null, null, null, null, null])
  })
})
