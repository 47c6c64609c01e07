import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../service/database/schema.ts'
import type { AppEnv } from '../../service/http/app-env.ts'
import {
  openAccountNotifications,
  type AccountNotifications,
} from '../../service/push/account-notifications.ts'
import { answerBalanceStream } from '../../service/push/balance-stream.ts'

const account = { id: 'account' } as Account
const MINUTE = 60_000

let notifications: AccountNotifications
let change: () => void
beforeEach(async () => {
  vi.useFakeTimers()
  const listen = async (_: string, heard: (accountId: string | null) => void) => {
    change = () => heard(account.id)
    return async () => {}
  }
  notifications = await openAccountNotifications({ listen })
})
afterEach(() => vi.useRealTimers())

async function open(streamLifeMs = 10 * MINUTE): Promise<Response> {
  const deps = { notifications, streamLifeMs }
  const app = new Hono<AppEnv>().get('/', (c) => answerBalanceStream(deps, c, account))
  return app.request('/')
}

/** All that comes until the stream ends. */
async function readAll({ body }: Response): Promise<string> {
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
  return text
}

const eventsIn = (text: string) => text.match(/(?<=event: )\w+|beat/g) ?? []

describe('a stream that nobody reads', () => {
  it('ends with the next heartbeats, and is not counted any more', async () => {
    await open()
    change()
    expect(notifications.watchers(account.id)).toBe(1)
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(notifications.watchers(account.id)).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('holds one event of each kind, whatever happens meanwhile', async () => {
    const response = await open()
    for (let time = 0; time < 10_000; time += 1) change()
    await vi.advanceTimersByTimeAsync(MINUTE)
    const text = await readAll(response)
    expect(eventsIn(text)).toEqual(['open', 'changed'])
    expect(text.length).toBeLessThan(100)
  })
})

describe('a stream that is read', () => {
  it('beats for as long as it lives, and ends then', async () => {
    const text = readAll(await open(2 * MINUTE))
    await vi.advanceTimersByTimeAsync(2 * MINUTE - 1)
    expect(notifications.watchers(account.id)).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(notifications.watchers(account.id)).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
    expect(eventsIn(await text)).toEqual(['open', ...Array.from({ length: 7 }, () => 'beat')])
  })

  it('ends at once where the service is ending', async () => {
    await notifications.close()
    expect(eventsIn(await readAll(await open()))).toEqual(['open'])
    expect(notifications.watchers(account.id)).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has an event for each change that comes after the last one was read', async () => {
    const text = readAll(await open(MINUTE))
    for (const pause of [1_000, 1_000, 1_000]) {
      change()
      await vi.advanceTimersByTimeAsync(pause)
    }
    await vi.advanceTimersByTimeAsync(MINUTE)
    const events = eventsIn(await text).filter((event) => event === 'changed')
    expect(events).toHaveLength(3)
  })
})
