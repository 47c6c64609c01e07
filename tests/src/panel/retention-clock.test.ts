import { HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import { newRun } from '../../support/builders/run.ts'
import { balanceStatus, panelTests } from '../support/panel.ts'

const open = panelTests()
const ACCOUNT = { id: 'token:first', login: 'token' } as const
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Any true time will do; runs are two a day before it. */
const TRUE_TIME = Date.UTC(2026, 10, 22, 12)

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: TRUE_TIME })
  localStorage.setItem('comfyui-credits:retention:', '{"runs":100000,"days":30}')
})
afterEach(() => {
  vi.useRealTimers()
  localStorage.clear()
})

async function inArchive<T>(use: (archive: DatabaseRunArchive) => Promise<T>): Promise<T> {
  const archive = new DatabaseRunArchive()
  try {
    return await use(archive)
  } finally {
    archive.close()
  }
}

const stored = (): Promise<number> =>
  inArchive(async (archive) => (await archive.size(ACCOUNT.id)).runs)

/** Two a day, the newest of an hour ago. */
function store(count: number, newestAt = TRUE_TIME - HOUR_MS): Promise<void> {
  const runs = Array.from({ length: count }, (_, index) =>
    newRun({
      promptId: `r${index}`,
      purse: ACCOUNT.id,
      startedAt: newestAt - index * (DAY_MS / 2),
      endedAt: newestAt - index * (DAY_MS / 2) + 1000,
    }),
  )
  return inArchive((archive) => archive.write([{ accountKey: ACCOUNT.id, runs, readings: [] }]))
}

/** One that the host has given out a minute ago, by the true time. */
function token(): string {
  const iat = TRUE_TIME / 1000 - 60
  return `h.${btoa(JSON.stringify({ iat, exp: iat + 3600 }))}.s`
}

interface Evidence {
  readonly date?: boolean
  readonly token?: boolean
}

/** A visit that has written a balance, after which the archive has deleted what is beyond its limits. */
async function visit(offMs: number, { date = false, token: hasToken = false }: Evidence) {
  vi.setSystemTime(TRUE_TIME + offMs)
  const headers: HeadersInit = date ? { Date: new Date(TRUE_TIME).toUTCString() } : {}
  const trim = vi.spyOn(DatabaseRunArchive.prototype, 'trim')
  const { host, credits, element } = open({
    account: ACCOUNT,
    shown: false,
    answers: (usual) => ({
      ...usual,
      balance: () => HttpResponse.json({ amount_micros: 1000, currency: 'usd' }, { headers }),
    }),
  })
  if (hasToken) {
    Object.assign(host, { authHeaders: async () => ({ Authorization: `Bearer ${token()}` }) })
  }
  credits.mount(element)
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
  await vi.waitFor(() => expect(trim).toHaveBeenCalled())
  await Promise.all(trim.mock.results.map(({ value }) => value))
  trim.mockRestore()
}

describe('runs older than they are to be kept', () => {
  it.each([
    ['the service’s answers say the time', { date: true }],
    ['the token says the time', { token: true }],
  ])('are deleted where %s', async (_, evidence) => {
    await store(80)
    await visit(0, evidence)
    expect(await stored()).toBe(60)
  })

  it.each([
    ['48 hours ahead', 48 * HOUR_MS, { date: true }],
    ['400 days ahead', 400 * DAY_MS, { date: true }],
    ['400 days ahead, known by the token', 400 * DAY_MS, { token: true }],
    ['400 days ahead, and nothing says so', 400 * DAY_MS, {}],
  ])('are not all of them by a clock that is %s', async (_, offMs, evidence) => {
    await store(58)
    await visit(offMs, evidence)
    expect(await stored()).toBe(58)
  })

  it('are not those of a page whose clock is 400 days behind', async () => {
    await store(50, TRUE_TIME - 400 * DAY_MS - HOUR_MS)
    await visit(-400 * DAY_MS, { date: true })
    expect(await stored()).toBe(50)
  })
})
