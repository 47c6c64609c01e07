import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { AccountEvent } from '../account-events/account-event.ts'
import { EVENT_SLACK_MS, joinRuns, mayBeAnnounced, type RunGroup } from './match-events.ts'
import { isUsage, kindOf, knownEvents } from '../account-events/kinds.ts'
import { memoize } from '../account-events/memoize.ts'
import { chargeOfCall, chargeOfKept, sum, told, type Charge } from './charges.ts'
import { fit, type Placed, type Span } from './fit.ts'
import { Unplaced } from './unplaced.ts'
import type { Overheard } from '../runs/recorder.ts'
import { mostChargesOf, SETTLE_MS, type Call, type Run } from '../runs/run.ts'
import { holdVerdict, isShown, wordOf, type Cost, type Measures, type Verdict } from './verdict.ts'

export type { Span } from './fit.ts'

export interface Ledger {
  /** Readings of one billing account's balance, two by two, oldest first (`spansOf`). */
  readonly spans: readonly Span[]
  /** What the account tells of the same billing account. */
  readonly events: readonly AccountEvent[]
  /** Runs that the same billing account pays. */
  readonly runs: readonly Run[]
  /** Prices said to other tabs and clients. */
  readonly overheard?: readonly Overheard[]
}

/** What moves a billing account beside the runs. */
const moves = ['top-up', 'refund', 'dispute', 'adjustment'] as const

/** A part of a change of the balance; `usdMicros` as the balance moved, negative: it left. */
export type Part =
  | {
      readonly kind: 'run'
      readonly promptId: string
      readonly usdMicros: number
      /** How often the run was charged, as far as its calls tell. */
      readonly charges: number
    }
  /** Not announced, and only these can have cost it, together. */
  | { readonly kind: 'runs'; readonly promptIds: readonly string[]; readonly usdMicros: number }
  /** An event of the account. `elsewhere`: usage of no run that was seen here. */
  | {
      readonly kind: (typeof moves)[number] | 'elsewhere'
      readonly eventId: string
      readonly usdMicros: number
    }
  /** Announced prices and charges are told to a hundredth of a credit or a cent. */
  | { readonly kind: 'rounding'; readonly usdMicros: number }

/** `span.to - span.from` is the sum of the parts and of what is unexplained, to the micro-USD. */
export interface Change {
  readonly span: Span
  readonly usdMicros: number
  readonly parts: readonly Part[]
  readonly unexplainedUsdMicros: number
}

export interface Reconciliation {
  readonly changes: readonly Change[]
  readonly verdicts: ReadonlyMap<string, Verdict>
}

/** Readings in the order they were made as pairs. A reading that is the same again is a pair too. */
export function spansOf(readings: readonly Span['from'][]): Span[] {
  const sorted = readings.toSorted((a, b) => a.at - b.at)
  return sorted.slice(1).flatMap((to, index) => {
    const from = sorted[index]
    return from && from.at < to.at ? { from, to } : []
  })
}

/**
 * Explains every change of a balance, and says of every run what it cost and how we know. Pure: the
 * same evidence in any order gives the same answer. What it said `before` counts as evidence where
 * that is not at hand any more, and an answer that later evidence has changed says so.
 */
export function reconcile(
  { spans, events, runs, overheard = [] }: Ledger,
  before: ReadonlyMap<string, Verdict> = new Map(),
): Reconciliation {
  const { groups } = joinRuns(knownEvents(events).usage, runs)
  const account = accountOf(events)
  const groupOf = new Map(groups.map((group) => [group.jobId, group]))
  const books = runs.map((run) =>
    openBook(run, groupOf.get(run.promptId) ?? null, before.get(run.promptId)),
  )
  const owners = new Map(
    groups.flatMap(({ run, events: own }) => (run ? own.map(({ id }) => [id, run.promptId]) : [])),
  )
  const left = new Unplaced([...account.charges, ...books.flatMap(({ charges }) => charges)])
  const entries = spans.map((span) => {
    const entry = explain(span, left.near(span), overheard)
    left.remove(entry.placed)
    return entry
  })
  const balance = new Balance(entries)
  const judged = books.map((book) => ({ book, found: balance.find(book) }))
  const supposed = new Set(
    judged.flatMap(({ book, found }) => (!found && isPartlyTold(book) ? book.charges : [])),
  )
  return {
    changes: entries.map((entry) =>
      changeOf(withoutSupposed(entry, supposed), owners, account.byId),
    ),
    verdicts: new Map(
      judged.map(({ book, found }) => {
        const verdict = judge(book, found)
        return [verdict.promptId, holdVerdict(verdict, before.get(verdict.promptId))]
      }),
    ),
  }
}

const accountOf = memoize((events: readonly AccountEvent[]) => {
  const { all } = knownEvents(events)
  return {
    charges: all.flatMap(chargeOfEvent),
    byId: new Map(all.map((event) => [event.id, event])),
  }
})

/** A run with what the account tells of it; calls that no event covers are still to be found. */
interface Book {
  readonly run: Run
  readonly group: RunGroup | null
  readonly covered: ReadonlyMap<Call, readonly AccountEvent[]>
  readonly charges: readonly Charge[]
}

function openBook(run: Run, group: RunGroup | null, before: Verdict | undefined): Book {
  if (!group && before?.certainty === 'proved' && isShown(before)) {
    return { run, group, covered: new Map(), charges: chargeOfKept(run, before.usdMicros ?? 0) }
  }
  const covered = cover(run.calls, group?.events ?? [])
  const open = run.calls.filter((call) => !covered.has(call))
  return { run, group, covered, charges: open.map((call) => chargeOfCall(run, call)) }
}

/** Puts each event to a call: of its node's type, at its price, or to one that is still free. */
function cover(calls: readonly Call[], events: readonly AccountEvent[]): Map<Call, AccountEvent[]> {
  const covered = new Map<Call, AccountEvent[]>()
  const isFree = (call: Call): boolean => (covered.get(call)?.length ?? 0) < mostChargesOf(call)
  for (const event of events) {
    const free = calls.filter(isFree)
    const ofType = free.filter(({ nodeType }) => nodeType !== null && nodeType === event.nodeType)
    const atPrice = (call: Call): boolean =>
      event.chargeUsdMicros !== null &&
      call.announcedCredits !== null &&
      mayBeAnnounced(event.chargeUsdMicros, call.announcedCredits)
    const call =
      ofType.find(atPrice) ??
      ofType[0] ??
      free.find(atPrice) ??
      free.find(({ nodeType }) => nodeType === null || event.nodeType === null)
    if (call) covered.set(call, [...(covered.get(call) ?? []), event])
  }
  return covered
}

function chargeOfEvent(event: AccountEvent): Charge[] {
  const { at } = event
  const usdMicros = leftTheBillingAccount(event)
  if (at === null || usdMicros === null) return []
  return [
    {
      source: { kind: 'event', eventId: event.id },
      from: at - EVENT_SLACK_MS,
      to: at + EVENT_SLACK_MS,
      at,
      amounts: [told(usdMicros)],
      unpriced: false,
    },
  ]
}

function leftTheBillingAccount(event: AccountEvent): number | null {
  if (isUsage(event)) return event.chargeUsdMicros
  if (moveOf(event) === undefined || event.amountUsdMicros === null) return null
  return -event.amountUsdMicros
}

interface Entry {
  readonly span: Span
  readonly placed: readonly Placed[]
  /** Runs that alone can have cost what was not announced, and how much that is. */
  readonly unannounced: { readonly promptIds: readonly string[]; readonly usdMicros: number }
  /** What left the billing account and is explained by nothing. */
  readonly rest: number
}

function explain(span: Span, charges: readonly Charge[], overheard: readonly Overheard[]): Entry {
  const { placed, rest } = fit(span, charges)
  const others = overheard.some(({ at }) => at > span.from.at && at <= span.to.at)
  const promptIds =
    rest > 0 && !others
      ? [...new Set(placed.flatMap(({ charge }) => (charge.unpriced ? ownerOf(charge) : [])))]
      : []
  if (promptIds.length === 0)
    return { span, placed, unannounced: { promptIds, usdMicros: 0 }, rest }
  return { span, placed, unannounced: { promptIds, usdMicros: rest }, rest: 0 }
}

/** What the account tells of such a run is its figure, and what only its texts say is not in it. */
function isPartlyTold({ group }: Book): boolean {
  return group?.events.some(({ chargeUsdMicros }) => (chargeUsdMicros ?? 0) > 0) === true
}

/** As it is not shown with its run, it is with what nobody announced, or with what is unexplained. */
function withoutSupposed(entry: Entry, supposed: ReadonlySet<Charge>): Entry {
  const isSupposed = ({ charge }: Placed): boolean => supposed.has(charge)
  const amount = sum(entry.placed.filter(isSupposed).map(({ usdMicros }) => usdMicros))
  const placed = entry.placed.filter((one) => !isSupposed(one))
  const { unannounced, rest } = entry
  if (unannounced.promptIds.length < 2) return { ...entry, placed, rest: rest + amount }
  const together = { ...unannounced, usdMicros: unannounced.usdMicros + amount }
  return { ...entry, placed, unannounced: together }
}

function ownerOf({ source }: Charge): string[] {
  return source.kind === 'event' ? [] : [source.promptId]
}

function changeOf(
  { span, placed, unannounced, rest }: Entry,
  owners: ReadonlyMap<string, string>,
  events: ReadonlyMap<string, AccountEvent>,
): Change {
  const parts: Part[] = []
  const byRun = new Map<string, { usdMicros: number; charges: number }>()
  const addToRun = (promptId: string, usdMicros: number, charges: number): void => {
    const so = byRun.get(promptId) ?? { usdMicros: 0, charges: 0 }
    byRun.set(promptId, { usdMicros: so.usdMicros - usdMicros, charges: so.charges + charges })
  }
  for (const { charge, amount } of placed) {
    const { source } = charge
    const promptId = source.kind === 'event' ? owners.get(source.eventId) : source.promptId
    if (promptId !== undefined) addToRun(promptId, amount.usdMicros, amount.charges)
    else if (source.kind === 'event')
      parts.push(partOf(events.get(source.eventId), -amount.usdMicros))
  }
  const [only, ...others] = unannounced.promptIds
  if (only !== undefined && others.length === 0) addToRun(only, unannounced.usdMicros, 1)
  for (const [promptId, part] of byRun) {
    if (part.usdMicros !== 0) parts.push({ kind: 'run', promptId, ...part })
  }
  if (others.length > 0) {
    parts.push({
      kind: 'runs',
      promptIds: unannounced.promptIds,
      usdMicros: -unannounced.usdMicros,
    })
  }
  const rounding = sum(placed.map(({ amount, usdMicros }) => amount.usdMicros - usdMicros))
  if (rounding !== 0) parts.push({ kind: 'rounding', usdMicros: rounding })
  return {
    span,
    usdMicros: span.to.usdMicros - span.from.usdMicros,
    parts,
    unexplainedUsdMicros: rest === 0 ? 0 : -rest,
  }
}

function partOf(event: AccountEvent | undefined, usdMicros: number): Part {
  const move = event && moveOf(event)
  return { kind: move ?? 'elsewhere', eventId: event?.id ?? '', usdMicros }
}

function moveOf(event: AccountEvent): (typeof moves)[number] | undefined {
  return moves.find((move) => move === kindOf(event))
}

function judge(book: Book, found: Found | null): Verdict {
  const { run, group, covered } = book
  const charges = (group?.events ?? []).flatMap(({ chargeUsdMicros }) => chargeUsdMicros ?? [])
  const cost = costOf(book, charges, found)
  return {
    promptId: run.promptId,
    ...cost,
    word: found || charges.length > 0 ? wordOf(run, cost) : 'open',
    evidence: {
      match: group?.match ?? null,
      eventIds: (group?.events ?? []).map(({ id }) => id),
      spans: found?.spans ?? [],
    },
    calls: run.calls.map((call) => ({
      nodeId: call.nodeId,
      ...costOfCall(call, covered.get(call) ?? [], found),
      measures: measuresOf(covered.get(call) ?? []),
    })),
    revised: null,
  }
}

/** Sums, as a list input has an event for each thing of it. */
function measuresOf(events: readonly AccountEvent[]): Measures | null {
  if (events.length === 0) return null
  const sumOf = (of: (event: AccountEvent) => number | null): number | null => {
    const amounts = events.flatMap((event) => of(event) ?? [])
    return amounts.length === 0 ? null : sum(amounts)
  }
  return {
    model: events.find(({ model }) => model !== null)?.model ?? null,
    inputTokens: sumOf((event) => event.inputTokens),
    outputTokens: sumOf((event) => event.outputTokens),
    images: sumOf((event) => event.images),
    seconds: sumOf((event) => event.seconds),
  }
}

/** What the balance shows of a run's calls that no event covers; null where it does not. */
interface Found {
  readonly usdMicros: number
  readonly spans: readonly Span[]
  readonly placed: readonly Placed[]
  /** Nobody announced this, and this run alone can have cost it. */
  readonly unannounced: number
}

/** The changes of a balance, as they were explained. */
class Balance {
  /** Those that come out even. */
  readonly #fitting: readonly Entry[]
  readonly #placed = new Map<Charge, { entry: Entry; one: Placed; order: number }>()
  readonly #end: number

  constructor(entries: readonly Entry[]) {
    this.#end = entries.at(-1)?.span.to.at ?? -Infinity
    this.#fitting = entries.filter(({ rest }) => rest === 0)
    for (const entry of this.#fitting) {
      for (const one of entry.placed) {
        this.#placed.set(one.charge, { entry, one, order: this.#placed.size })
      }
    }
  }

  find({ run, charges }: Book): Found | null {
    const { endedAt, promptId } = run
    // Before that, what is there may be half of it, and what is missing may yet come.
    if (endedAt === null || this.#end < endedAt + SETTLE_MS) return null
    const places = charges
      .flatMap((charge) => this.#placed.get(charge) ?? [])
      .sort((a, b) => a.order - b.order)
    const holding = [...new Set(places.map(({ entry }) => entry))]
    const shared = holding.some(
      ({ unannounced: { promptIds } }) => promptIds.length > 1 && promptIds.includes(promptId),
    )
    if (shared || places.length < charges.length) return null
    const entries = charges.length > 0 ? holding : this.#around(endedAt)
    if (entries.length === 0) return null
    const unannounced = sum(
      entries.map((entry) =>
        entry.unannounced.promptIds.includes(promptId) ? entry.unannounced.usdMicros : 0,
      ),
    )
    const placed = places.map(({ one }) => one)
    const usdMicros = sum(placed.map((one) => one.usdMicros)) + unannounced
    return { usdMicros, spans: entries.map(({ span }) => span), placed, unannounced }
  }

  /** In which a run without open calls has ended, and had the time to be charged. */
  #around(endedAt: number): Entry[] {
    return this.#fitting.filter(
      ({ span }) => endedAt > span.from.at && endedAt + SETTLE_MS <= span.to.at,
    )
  }
}

function costOf(book: Book, charges: readonly number[], found: Found | null): Cost {
  const byEvents = sum(charges)
  if (found) return { usdMicros: byEvents + found.usdMicros, certainty: 'proved' }
  if (charges.length > 0) {
    const toCome = book.run.endedAt === null || book.charges.some(isExpected)
    const complete = !toCome && charges.length === book.group?.events.length
    return { usdMicros: byEvents, certainty: complete ? 'proved' : 'at-least' }
  }
  return announcedCost(book.run)
}

/** A call that its texts say was charged, and that no event covers yet. */
function isExpected({ amounts: [likeliest] }: Charge): boolean {
  return likeliest !== undefined && likeliest.usdMicros > 0
}

/** A call that failed without a word of a price has announced nothing; one that worked may cost. */
function announcedCost(run: Run): Cost {
  const silent = run.calls.some(
    ({ announcedCredits, outcome }) => announcedCredits === null && outcome !== 'failed',
  )
  if (silent && run.announcedCredits === null) return { usdMicros: null, certainty: 'unknown' }
  const usdMicros = usdMicrosFromCredits(run.announcedCredits ?? 0)
  return { usdMicros, certainty: silent ? 'at-least' : 'announced' }
}

function costOfCall(call: Call, events: readonly AccountEvent[], found: Found | null): Cost {
  const charges = events.flatMap(({ chargeUsdMicros }) => chargeUsdMicros ?? [])
  if (charges.length > 0) return { usdMicros: sum(charges), certainty: 'proved' }
  const placed = found?.placed.find(
    ({ charge: { source } }) => source.kind === 'call' && source.nodeId === call.nodeId,
  )
  if (found && placed) {
    const silent = found.placed.filter(({ charge }) => charge.unpriced)
    if (placed.charge.unpriced && found.unannounced > 0) {
      return silent.length === 1
        ? { usdMicros: found.unannounced, certainty: 'proved' }
        : { usdMicros: null, certainty: 'unknown' }
    }
    if (placed.usdMicros === placed.amount.usdMicros) {
      return { usdMicros: placed.usdMicros, certainty: 'proved' }
    }
    return { usdMicros: placed.amount.usdMicros, certainty: 'announced' }
  }
  return call.announcedCredits === null
    ? { usdMicros: null, certainty: 'unknown' }
    : { usdMicros: usdMicrosFromCredits(call.announcedCredits), certainty: 'announced' }
}
