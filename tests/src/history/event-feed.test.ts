import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  joinsAtEnd,
  meets,
  PAGE_SIZE,
  withNewest,
  withOlder,
  type AnsweredPage,
  type EventFeed,
} from '../../../src/history/event-feed.ts'
import { runs } from '../support/runs.ts'

/** An account whose events are numbered from 0, the oldest. */
class Account {
  requests = 0

  constructor(public count: number) {}

  page(page: number, limit: number): AnsweredPage {
    this.requests += 1
    const newest = this.count - 1 - (page - 1) * limit
    const length = Math.max(0, Math.min(limit, newest + 1))
    return {
      total: this.count,
      page,
      limit,
      totalPages: Math.ceil(this.count / limit),
      readAt: 1,
      events: Array.from({ length }, (_, index) => ({
        event_id: `${newest - index}`,
        event_type: 'api_usage_completed',
        createdAt: '2026-11-29T10:00:00Z',
      })),
    }
  }
}

const idsOf = (feed: EventFeed) =>
  feed.pages.flatMap(({ events }) => events.map(({ event_id: id }) => Number(id)))

/** As the store does it: from the first page until one meets what is known. */
function refreshed(account: Account, feed: EventFeed | null): EventFeed {
  const walk: AnsweredPage[] = []
  for (;;) {
    const page = account.page(walk.length + 1, feed === null ? 50 : PAGE_SIZE)
    walk.push(page)
    if (feed === null || meets(feed, page) || page.page >= page.totalPages) break
  }
  return withNewest(feed, walk)
}

function older(account: Account, feed: EventFeed): EventFeed {
  const page = account.page(feed.nextPage, PAGE_SIZE)
  return joinsAtEnd(feed, page) ? withOlder(feed, page) : refreshed(account, feed)
}

function expectNoGap(feed: EventFeed, account: Account): void {
  const ids = idsOf(feed)
  expect(ids).toEqual(ids.map((_, index) => (ids[0] ?? 0) - index))
  expect(ids).toHaveLength(feed.loaded)
  expect(feed.complete).toBe(feed.loaded === account.count || account.count === 0)
}

describe('the account’s events', () => {
  it('are refreshed by one request, however many are loaded', () => {
    const COUNT = runs(20_000, 5000)
    const account = new Account(COUNT)
    let feed = refreshed(account, null)
    while (!feed.complete) feed = older(account, feed)
    // The first of half a page, then whole ones; that one is asked for again, whole.
    expect(account.requests).toBe(COUNT / PAGE_SIZE + 1)
    account.requests = 0
    account.count += 3
    const pages = new Set(feed.pages)
    feed = refreshed(account, feed)
    expect(account.requests).toBe(1)
    expect(idsOf(feed)).toHaveLength(COUNT + 3)
    // What was not touched is not read again.
    expect(feed.pages.filter((page) => pages.has(page)).length).toBeGreaterThan(
      COUNT / PAGE_SIZE - 10,
    )
    expectNoGap(feed, account)
  })

  it('take what the account says now of what it had said already', () => {
    const account = new Account(10)
    const feed = refreshed(account, null)
    const page = account.page(1, PAGE_SIZE)
    const [newest, ...others] = page.events
    const corrected = { ...newest, event_type: 'corrected' } as (typeof page.events)[number]
    const next = withNewest(feed, [{ ...page, events: [corrected, ...others] }])
    expect(next.pages[0]?.events[0]?.event_type).toBe('corrected')
    expect(next.loaded).toBe(10)
  })

  it('begin again where the account has nothing of what was known', () => {
    const feed = refreshed(new Account(10), null)
    const other = new Account(3)
    const page = other.page(1, PAGE_SIZE)
    const renamed = page.events.map((event) => ({ ...event, event_id: `x${event.event_id}` }))
    expect(withNewest(feed, [{ ...page, events: renamed }])).toMatchObject({
      loaded: 3,
      complete: true,
    })
  })

  it('have no gap where more happened than a page holds, between one older page and the next', () => {
    const account = new Account(101)
    let feed = refreshed(account, null)
    feed = older(account, feed)
    account.count += 300
    for (let asked = 0; asked < 6; asked += 1) feed = older(account, feed)
    feed = refreshed(account, feed)
    expectNoGap(feed, account)
  })

  it('have no gap and no repeat, whatever happens between the requests', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({
          does: fc.constant('happen' as const),
          count: fc.integer({ min: 1, max: 250 }),
        }),
        fc.record({ does: fc.constantFrom('refresh' as const, 'older' as const) }),
      ),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700 }), steps, (count, all) => {
        const account = new Account(count)
        let feed = refreshed(account, null)
        for (const step of all) {
          if (step.does === 'happen') account.count += step.count
          else if (step.does === 'refresh') feed = refreshed(account, feed)
          else if (!feed.complete) feed = older(account, feed)
        }
        feed = refreshed(account, feed)
        expectNoGap(feed, account)
        for (let asked = 0; !feed.complete; asked += 1) {
          expect(asked).toBeLessThan(100)
          feed = older(account, feed)
        }
        expect(feed.loaded).toBe(account.count)
        expectNoGap(feed, account)
      }),
      { numRuns: 40 },
    )
  })
})
