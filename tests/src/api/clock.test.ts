import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { checkClockByAnswer, checkClockByToken, clockSkewMs } from '../../../src/api/clock.ts'
import { formatSpan } from '../../../src/i18n/format-span.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 10, 29, 12)

const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')
/** Issued at that time for an hour, as Google's are. */
const token = (issuedAt: number) => ({
  Authorization: `Bearer ${part({ alg: 'none' })}.${part({ name: 'Zoë ÿÿÿ>', iat: issuedAt / 1000, exp: (issuedAt + HOUR) / 1000 })}.x`,
})

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
  checkClockByToken(token(NOW))
})
afterEach(() => void vi.useRealTimers())

describe('the clock', () => {
  it.each([
    ['just issued', NOW, null],
    ['about to run out', NOW - HOUR, null],
    ['of a server that is some minutes ahead', NOW + 4 * MINUTE, null],
    ['of two days ago', NOW - 2 * DAY, 2 * DAY],
    ['of the day after tomorrow', NOW + 2 * DAY, -2 * DAY],
  ])('is compared with a token %s', (_what, issuedAt, skew) => {
    checkClockByToken(token(issuedAt))
    expect(clockSkewMs()).toBe(skew)
  })

  it('is right again with the next token that fits', () => {
    checkClockByToken(token(NOW - 2 * DAY))
    checkClockByToken(token(NOW))
    expect(clockSkewMs()).toBeNull()
  })

  it.each([
    ['a key', { 'X-API-KEY': 'k' }],
    ['no JSON Web Token', { Authorization: 'Bearer token' }],
    ['a token of no time', { Authorization: `Bearer a.${part({})}.b` }],
    ['no object', { Authorization: `Bearer a.${Buffer.from('null').toString('base64url')}.b` }],
  ])('is not judged by %s', (_what, auth) => {
    checkClockByToken(token(NOW - 2 * DAY))
    checkClockByToken(auth)
    expect(clockSkewMs()).toBe(2 * DAY)
  })

  it.each([
    ['Sun, 29 Nov 2026 12:00:30 GMT', null],
    ['Fri, 27 Nov 2026 12:00:00 GMT', 2 * DAY],
    ['Sun, 29 Nov 2026 13:00:00 GMT', -HOUR],
  ])('is compared with an answer of %s', (date, skew) => {
    checkClockByAnswer(date)
    expect(clockSkewMs()).toBe(skew)
  })

  it.each([undefined, 'yesterday'])('is not judged by an answer of %s', (date) => {
    checkClockByToken(token(NOW - 2 * DAY))
    checkClockByAnswer(date)
    expect(clockSkewMs()).toBe(2 * DAY)
  })
})

it.each([
  [2 * DAY, 'en', '2 days'],
  [2 * DAY - 3 * MINUTE, 'en', '2 days'],
  [HOUR + MINUTE, 'en', '1 hour'],
  [6 * MINUTE, 'en', '6 minutes'],
  [2 * DAY, 'de', '2 Tage'],
])('a span of %i ms is written in %s as %s', (ms, locale, text) => {
  expect(formatSpan(ms, locale)).toBe(text)
})
