import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  creditsFromUsdMicros,
  exactCreditsFromUsdMicros,
  usdMicrosFromCredits,
} from '@comfyui-credits/contract/money'
import { readAccountEvent } from '../../../src/account-events/account-event.ts'
import { ApiError } from '../../../src/api/port.ts'
import { readBalance } from '../../../src/balance/balance.ts'
import { readLastKnown, writeLastKnown } from '../../../src/balance/last-known.ts'
import { parsePurchase } from '../../../src/purchase/engine/purchase-storage.ts'
import { readRow } from '../../../src/run-archive/file-row.ts'
import { readEvent, readJudged, readReading, readSummary } from '../../../src/run-archive/schema.ts'
import { eventOf } from '../../../src/run-archive/stored-event.ts'
import { readNodeText } from '../../../src/runs/price-text.ts'
import { newCall, newRun, NOON } from '../../support/builders/run.ts'
import { newPurchase } from '../support/purchase.ts'
import { runs as times } from '../support/runs.ts'

/** JSON reads 1e309 as Infinity. */
const noMoney = [1e308, -1e308, Infinity, -Infinity, Number.NaN, 2 ** 53, -(2 ** 53), '25'] as const

/** Any number there is, and what is none. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(...noMoney, 0, -0, 5e-324, 0.00001, 1e14, -1e14, 1e14 + 1, null, [], {}),
  fc.double(),
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
  fc.string({ maxLength: 5 }),
)

/** That a view can draw the amount, and that it is one. */
function expectMoney(usdMicros: unknown): void {
  expect(typeof usdMicros).toBe('number')
  const amount = Number(usdMicros)
  expect(Number.isInteger(amount) && Math.abs(amount) <= 1e14, `${amount}`).toBe(true)
  expect(() => [creditsFromUsdMicros(amount), exactCreditsFromUsdMicros(amount)]).not.toThrow()
}

function expectPrice(credits: number | null | undefined): void {
  if (credits !== null && credits !== undefined) expectMoney(usdMicrosFromCredits(credits))
}

const expectTime = (at: number): void => expect(() => new Date(at).toISOString()).not.toThrow()

function expectReading({ usdMicros, at }: { usdMicros: number; at: number }): void {
  expectMoney(usdMicros)
  expectTime(at)
}

/** What is read, or the code of the error. */
function readOr(read: () => number): unknown {
  try {
    return read()
  } catch (error) {
    return error instanceof ApiError ? error.code : error
  }
}

const balanceOf = (cents: unknown) =>
  readBalance({ amount_micros: cents as number, currency: 'usd' })

const judgedOf = (credits: unknown, usdMicros: unknown) => {
  const call = { ...newCall(), announcedCredits: credits, answers: [credits] }
  const run = { ...newRun({ promptId: 'p' }), calls: [call], announcedCredits: credits }
  const cost = { usdMicros, certainty: 'proved' }
  const reading = { at: NOON, usdMicros }
  const evidence = { match: null, eventIds: [], spans: [{ from: reading, to: reading }] }
  const verdict = { ...cost, promptId: 'p', word: 'charged', evidence, calls: [], revised: cost }
  return readJudged({ place: 'me', run, verdict }, 'me')
}

const progressOf = (value: unknown, at: unknown) =>
  parsePurchase(
    JSON.stringify({
      step: 'credited',
      at,
      afterUsdMicros: value,
      evidence: { from: 'balance', usdMicros: value },
      purchase: { ...newPurchase('a'), usdMicros: value, beforeUsdMicros: value, startedAt: at },
    }),
  )

describe('a balance that cannot be money', () => {
  it.each(noMoney.filter((value) => typeof value === 'number'))(
    '(%d cents) is an answer that cannot be read',
    (cents) => {
      for (const name of ['amount_micros', 'effective_balance_micros', 'pending_charges_micros']) {
        const body = { amount_micros: 100, currency: 'usd', [name]: cents }
        expect(() => readBalance(body), `${name}`).toThrowError(
          expect.objectContaining({
            code: 'unreadable',
            message: `The balance answer holds ${cents}, which is no amount of money`,
          }),
        )
      }
    },
  )

  it('is none where it is a small fraction: that is rounded, and not to -0', () => {
    expect(balanceOf(0.0034).availableUsdMicros).toBe(34)
    expect(balanceOf(-0.000_01).availableUsdMicros).toBe(0)
    expect(balanceOf(-0.1).availableUsdMicros).toBe(-1000)
  })
})

describe('whatever comes in as an amount', () => {
  it('from the API is money, or unreadable', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.maxSafeInteger()), (cents) => {
        const read = readOr(() => balanceOf(cents).availableUsdMicros)
        if (read !== 'unreadable') expectMoney(read)
      }),
      { numRuns: times(10_000, 1000) },
    )
  })

  it('from events, of the account or stored, is money, or shown as it came', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const params = { amount: value, charge_micro_usd: value }
        const body = { event_id: 'e', event_type: 'credit_added', createdAt: '', params }
        const stored = readEvent({ place: 'me', event: body }, 'me')
        for (const event of [readAccountEvent(body), stored && eventOf(stored)]) {
          for (const amount of [event?.amountUsdMicros, event?.chargeUsdMicros])
            if (amount !== null) expectMoney(amount)
          const isNone = typeof value === 'number' && !(Math.abs(value) <= 1e14)
          expect(isNone && event?.unreadable === null).toBe(false)
        }
      }),
      { numRuns: times(10_000, 1000) },
    )
  })

  it('from storage is money, or not there', () => {
    fc.assert(
      fc.property(anything, anything, (value, other) => {
        localStorage.clear()
        writeLastKnown(localStorage, 'me', { usdMicros: value as number, at: other as number })
        const known = readLastKnown(localStorage, 'me')
        if (known) expectReading(known)
        const progress = progressOf(value, other)
        if (progress?.step === 'credited') {
          const { purchase, at, afterUsdMicros } = progress
          expectMoney(purchase.usdMicros)
          expectMoney(purchase.beforeUsdMicros)
          expectMoney(afterUsdMicros)
          expectTime(at)
          expectTime(purchase.startedAt)
        }
        const reading = readReading({ place: 'me', at: other, usdMicros: value }, 'me')
        if (reading) expectReading(reading)
        const judged = judgedOf(value, other)
        expectPrice(judged?.run.announcedCredits)
        expectPrice(judged?.run.calls[0]?.announcedCredits)
        expectPrice(judged?.run.calls[0]?.answers[0])
        if (judged?.verdict) {
          expectMoney(judged.verdict.usdMicros)
          for (const { to } of judged.verdict.evidence.spans) expectMoney(to.usdMicros)
        }
        const summary = {
          ...newRun({ promptId: 'p' }),
          place: 'me',
          nodes: [],
          models: [],
          calls: 1,
        }
        const sums = { inputTokens: null, outputTokens: null, announcedCredits: value }
        const cost = { usdMicros: other, certainty: 'proved', word: 'charged', revised: null }
        const read = readSummary({ ...summary, ...sums, cost }, 'me')
        expectPrice(read?.announcedCredits)
        if (read?.cost) expectMoney(read.cost.usdMicros)
      }),
      { numRuns: times(10_000, 1000) },
    )
  })

  it('from a row of a file is money, or not there', () => {
    fc.assert(
      fc.property(anything, anything, anything, (credits, usd, took) => {
        for (const certainty of ['announced', 'proved']) {
          const row = {
            kind: 'run',
            time: '2026-11-22T12:00:00Z',
            prompt_id: 'p',
            calls: 1,
            status: 'succeeded',
            duration_ms: took,
            certainty,
            credits,
            usd,
            balance_after_credits: credits,
          }
          const read = readRow(row)
          if (read?.kind !== 'run') throw new Error('It is no run')
          const { run, verdict } = read.judged
          expectPrice(run.announcedCredits)
          expectTime(run.endedAt ?? 0)
          if (verdict) expectMoney(verdict.usdMicros)
          for (const { from, to } of verdict?.evidence.spans ?? [])
            [from, to].forEach(({ usdMicros }) => expectMoney(usdMicros))
        }
      }),
      { numRuns: times(10_000, 1000) },
    )
  })

  it('from a node’s text is a price, or none', () => {
    const digits = fc.stringMatching(/^\d[\d,]{0,18}(\.\d{0,8})?$/)
    fc.assert(
      fc.property(digits, fc.boolean(), (number, inDollars) => {
        const price = inDollars ? `$${number}` : `${number} credits`
        expectPrice(readNodeText(`Status: Completed\nPrice: ${price}`)?.credits)
      }),
      { numRuns: times(10_000, 1000) },
    )
    const text = 'Status: Completed\nPrice: 9999999999999999 credits'
    expect(readNodeText(text)?.credits).toBeNull()
    expect(readNodeText('Status: Completed\nPrice: $12.00')?.credits).toBe(2532)
  })
})
