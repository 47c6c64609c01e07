import type { AccountEventBody, EventsPageBody } from '@comfyui-credits/contract/schemas'
import { memoize } from '../account-events/memoize.ts'

/** A stretch of the account's events, newest first. */
export interface EventsPage {
  readonly events: readonly AccountEventBody[]
  /** Epoch milliseconds. */
  readonly readAt: number
}

/** A page as the account answered it. */
export type AnsweredPage = EventsPageBody & EventsPage

/** The account's events without a gap from the newest to the oldest that was asked for. */
export interface EventFeed {
  /** Each event once. A page that has not changed is the same object. */
  readonly pages: readonly EventsPage[]
  /** How many are in `pages`. */
  readonly loaded: number
  /** How many the account has, as it said last. */
  readonly total: number
  /** How many it had when the newest of `pages` was read. */
  readonly totalAtNewest: number
  /** Nothing older is left. */
  readonly complete: boolean
  /** The page that has what is next older, in pages of `PAGE_SIZE`. */
  readonly nextPage: number
}

/** The most that the contract allows. */
export const PAGE_SIZE = 100

/**
 * From when on all events are in the feed, epoch milliseconds: -Infinity where that is all there are,
 * Infinity while there is none.
 */
export function knownSince(feed: EventFeed | null): number {
  if (feed === null) return Infinity
  if (feed.complete) return -Infinity
  const oldest = feed.pages.at(-1)?.events.at(-1)
  const at = oldest === undefined ? NaN : Date.parse(oldest.createdAt)
  return Number.isNaN(at) ? Infinity : at
}

/** Whether the page reaches back to what is known already. */
export function meets(feed: EventFeed, page: AnsweredPage): boolean {
  return page.events.some((event) => knows(feed, event))
}

function knows({ pages }: EventFeed, { event_id: id }: AccountEventBody): boolean {
  return pages.some((page) => idsOf(page).has(id))
}

/**
 * The feed with what is new: `walk` is the account's pages from the first on, until one meets the
 * feed or is the last. An event's newest version replaces the earlier one.
 */
export function withNewest(feed: EventFeed | null, walk: readonly AnsweredPage[]): EventFeed {
  const last = walk.at(-1)
  const fresh = newestOf(walk)
  const joins = feed !== null && walk.some((page) => meets(feed, page))
  const older = joins ? merged(withoutKnown(feed.pages, fresh)) : []
  const isWhole = (joins && feed.complete) || last === undefined || isLast(last)
  const total = last?.total ?? 0
  return feedOf([...fresh, ...older], { total, totalAtNewest: total }, isWhole)
}

/** The first of the feed's pages says when it was read, also where the account has no events. */
function newestOf(walk: readonly AnsweredPage[]): readonly EventsPage[] {
  const pages = withoutKnown(walk, [])
  const [first] = walk
  return pages.length > 0 || !first ? pages : [{ events: [], readAt: first.readAt }]
}

/**
 * Whether the page joins the feed at its old end. When more has happened meanwhile than a page
 * holds, all of it may be newer than the feed: then the feed has to be refreshed first.
 */
export function joinsAtEnd(feed: EventFeed, page: AnsweredPage): boolean {
  return page.total <= feed.totalAtNewest || meets(feed, page)
}

/** The feed with one older page that joins it (`joinsAtEnd`). */
export function withOlder(feed: EventFeed, page: AnsweredPage): EventFeed {
  const from = page.events.findIndex((event) => knows(feed, event))
  // What stands before is newer than the feed: a refresh brings it.
  const events = page.events.slice(Math.max(0, from))
  const pages = [...feed.pages, ...withoutKnown([{ events, readAt: page.readAt }], feed.pages)]
  const { totalAtNewest } = feed
  const next = feedOf(pages, { total: page.total, totalAtNewest }, isLast(page))
  // Nothing of it was new: go on behind it, or the same page would be asked for again and again.
  return next.loaded > feed.loaded ? next : { ...next, nextPage: feed.nextPage + 1 }
}

function feedOf(
  pages: readonly EventsPage[],
  { total, totalAtNewest }: Pick<EventFeed, 'total' | 'totalAtNewest'>,
  complete: boolean,
): EventFeed {
  const loaded = pages.reduce((sum, { events }) => sum + events.length, 0)
  const nextPage = Math.floor(loaded / PAGE_SIZE) + 1
  return { pages, loaded, total: Math.max(total, loaded), totalAtNewest, complete, nextPage }
}

function isLast({ page, totalPages, events }: AnsweredPage): boolean {
  return page >= totalPages || events.length === 0
}

const idsOf = memoize(
  ({ events }: EventsPage) => new Set(events.map(({ event_id: id }) => id)) as ReadonlySet<string>,
)

/** Pages without the events of `known` and without repeats; those that have none stay the same. */
function withoutKnown(pages: readonly EventsPage[], known: readonly EventsPage[]): EventsPage[] {
  const before = [...known]
  return pages.flatMap((page) => {
    const ids = new Set<string>()
    const events = page.events.filter(({ event_id: id }) => {
      if (ids.has(id) || before.some((other) => idsOf(other).has(id))) return false
      ids.add(id)
      return true
    })
    if (events.length === 0) return []
    const { readAt } = page
    const kept = events.length === page.events.length ? page : { events, readAt }
    before.push(kept)
    return kept
  })
}

/** A refresh cuts a few events off the first page each time: the remains do not become a page each. */
function merged(pages: readonly EventsPage[]): readonly EventsPage[] {
  const [first, second, ...others] = pages
  if (!first || !second || first.events.length + second.events.length > 2 * PAGE_SIZE) return pages
  return [{ events: [...first.events, ...second.events], readAt: first.readAt }, ...others]
}
