import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { createApi } from '../../../src/api/client.ts'
import type { AnswerTime, Caller } from '../../../src/api/port.ts'

const BASE = 'https://api.test'
const URL_OF_BALANCE = `${BASE}/customers/balance`
const NOON = 'Sun, 22 Nov 2026 12:00:00 GMT'
const BODY = { amount_micros: 1000, currency: 'usd' }

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const caller: Caller = {
  base: BASE,
  authHeaders: async () => ({ 'X-API-KEY': 'key' }),
  isCurrent: () => true,
}

/** What is learnt of the service's clock by one answer, and how the call ended. */
async function ask(answer: () => Response) {
  server.use(http.get(URL_OF_BALANCE, answer))
  const api = createApi()
  const times: AnswerTime[] = []
  const off = api.onAnswerTime((time) => times.push(time))
  const result: unknown = await api
    .call(caller)(customerEndpoints.balance)
    .catch((error: unknown) => error)
  off()
  await api
    .call(caller)(customerEndpoints.balance)
    .catch((error: unknown) => error)
  return { times, result }
}

describe('the date of an answer', () => {
  it('is passed on with how long the answer took, for as long as somebody listens', async () => {
    const { times } = await ask(() => HttpResponse.json(BODY, { headers: { Date: NOON } }))
    expect(times).toEqual([{ base: BASE, date: Date.parse(NOON), tookMs: expect.any(Number) }])
    expect(times[0]?.tookMs).toBeGreaterThan(0)
    expect(times[0]?.tookMs).toBeLessThan(10_000)
  })

  it.each([undefined, '', 'yesterday'])('is nothing where it cannot be read (%s)', async (date) => {
    const headers: HeadersInit = date === undefined ? {} : { Date: date }
    const { times, result } = await ask(() => HttpResponse.json(BODY, { headers }))
    expect(times).toEqual([])
    expect(result).toMatchObject(BODY)
  })
})

describe('Retry-After', () => {
  const wait = async (headers: Record<string, string>) => {
    const { result } = await ask(() => HttpResponse.json({}, { status: 429, headers }))
    expect(result).toMatchObject({ code: 'rate-limited' })
    return (result as { details: { retryAfterSeconds?: number } }).details.retryAfterSeconds
  }

  it.each([
    ['seconds', { 'Retry-After': '7' }, 7],
    // The browser's clock is years from it.
    [
      'a time beside the date of the answer',
      { 'Retry-After': 'Sun, 22 Nov 2026 12:00:30 GMT', Date: NOON },
      30,
    ],
    ['a time that is over', { 'Retry-After': 'Sun, 22 Nov 2026 11:00:00 GMT', Date: NOON }, 0],
    ['a time beside no date', { 'Retry-After': 'Sun, 22 Nov 2026 12:00:30 GMT' }, undefined],
    ['more than anybody waits', { 'Retry-After': '99999999999' }, 3600],
    ['neither', { 'Retry-After': 'soon' }, undefined],
  ])('is read as %s', async (_what, headers, seconds) => {
    expect(await wait(headers as Record<string, string>)).toBe(seconds)
  })
})
