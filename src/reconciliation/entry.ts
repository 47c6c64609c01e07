import type { AccountEvent } from '../account-events/account-event.ts'
import { kindOf } from '../account-events/kinds.ts'
import { sum, type Charge } from './charges.ts'
import { fit, type Placed, type Span } from './fit.ts'

/** What moves a billing account beside usage. */
const moves = ['top-up', 'refund', 'dispute', 'adjustment'] as const

/** A part of a change of the balance; `usdMicros` as the balance moved, negative: it left. */
export type Part =
  | {
      readonly kind: 'run'
      readonly promptId: string
      readonly usdMicros: number
      /** How often the run was charged, as far as its calls show. */
      readonly charges: number
    }
  /** Nobody quoted it, and only these runs and usage events can have cost it, together. */
  | {
      readonly kind: 'runs'
      readonly promptIds: readonly string[]
      readonly eventIds: readonly string[]
      readonly usdMicros: number
    }
  /** An event of the account. `elsewhere`: usage of no run that was seen here. */
  | {
      readonly kind: (typeof moves)[number] | 'elsewhere'
      readonly eventId: string
      readonly usdMicros: number
    }
  /** A price that was shown to another tab or client, and fits. */
  | { readonly kind: 'overheard'; readonly nodeId: string; readonly usdMicros: number }
  /** Quoted prices and charges are given to a hundredth of a credit or a cent. */
  | { readonly kind: 'rounding'; readonly usdMicros: number }

/** `span.to - span.from` is the sum of the parts and of what is unexplained, to the micro-USD. */
export interface Change {
  readonly span: Span
  readonly usdMicros: number
  readonly parts: readonly Part[]
  readonly unexplainedUsdMicros: number
}

/** What nobody quoted, and who alone can have cost it. */
export interface Unpriced {
  readonly promptIds: readonly string[]
  /** Usage of no run that was seen here. */
  readonly eventIds: readonly string[]
  readonly usdMicros: number
}

/** A change of the balance while it is being explained. */
export interface Entry {
  readonly span: Span
  readonly placed: readonly Placed[]
  readonly unpriced: Unpriced
  /** What left the billing account and is explained by nothing. */
  readonly rest: number
}

/** `charges` and `since` as `fit` takes them. */
export function explainSpan(span: Span, charges: readonly Charge[], since: number): Entry {
  const own = charges.filter(({ source }) => source.kind !== 'overheard')
  const silent = own.some((charge) => charge.unpriced && isWithin(charge, span))
  // Beside a call of our own that quoted nothing, another's price proves nothing of what it cost.
  const { placed, rest } = fit(span, silent ? own : charges, since)
  const othersSpent = charges.some((charge) => !own.includes(charge) && isWithin(charge, span))
  const unpriced = rest > 0 && !othersSpent ? whoCost(placed) : nobody
  return isSomebody(unpriced)
    ? { span, placed, unpriced: { ...unpriced, usdMicros: rest }, rest: 0 }
    : { span, placed, unpriced: { ...nobody, usdMicros: 0 }, rest }
}

function isWithin({ at }: Charge, { from, to }: Span): boolean {
  return at > from.at && at <= to.at
}

const nobody = { promptIds: [], eventIds: [] }

/** The runs and events that may have cost something that nobody quoted. */
function whoCost(placed: readonly Placed[]) {
  const sources = placed.flatMap(({ charge }) => (charge.unpriced ? charge.source : []))
  return {
    promptIds: unique(sources.flatMap((source) => promptIdOf(source) ?? [])),
    eventIds: unique(sources.flatMap((source) => (source.kind === 'event' ? source.eventId : []))),
  }
}

function isSomebody({ promptIds, eventIds }: Omit<Unpriced, 'usdMicros'>): boolean {
  return promptIds.length + eventIds.length > 0
}

export function isShared({ promptIds, eventIds }: Unpriced): boolean {
  return promptIds.length + eventIds.length > 1
}

/** As it is not shown with its run, it is with what nobody quoted, or with what is unexplained. */
export function withoutSupposed(entry: Entry, supposed: ReadonlySet<Charge>): Entry {
  const isSupposed = ({ charge }: Placed): boolean => supposed.has(charge)
  const amount = sum(entry.placed.filter(isSupposed).map(({ usdMicros }) => usdMicros))
  const placed = entry.placed.filter((one) => !isSupposed(one))
  const { unpriced, rest } = entry
  if (!isShared(unpriced)) return { ...entry, placed, rest: rest + amount }
  return { ...entry, placed, unpriced: { ...unpriced, usdMicros: unpriced.usdMicros + amount } }
}

/** `owners` are the runs of the events that belong to one, `events` all by their id. */
export function changeOf(
  { span, placed, unpriced, rest }: Entry,
  owners: ReadonlyMap<string, string>,
  events: ReadonlyMap<string, AccountEvent>,
): Change {
  const others: Part[] = []
  const byRun = new Map<string, { usdMicros: number; charges: number }>()
  const add = (source: Charge['source'], usdMicros: number, charges: number): void => {
    const promptId = source.kind === 'event' ? owners.get(source.eventId) : promptIdOf(source)
    if (promptId === undefined) {
      if (usdMicros !== 0) others.push(partOf(source, events, -usdMicros))
      return
    }
    const so = byRun.get(promptId) ?? { usdMicros: 0, charges: 0 }
    byRun.set(promptId, { usdMicros: so.usdMicros - usdMicros, charges: so.charges + charges })
  }
  for (const { charge, amount } of placed) add(charge.source, amount.usdMicros, amount.charges)
  const shared: Part[] = []
  if (isShared(unpriced)) shared.push({ kind: 'runs', ...unpriced, usdMicros: -unpriced.usdMicros })
  else for (const source of sourcesOf(unpriced)) add(source, unpriced.usdMicros, 1)
  const runs = [...byRun].flatMap(([promptId, part]): Part[] =>
    part.usdMicros === 0 ? [] : [{ kind: 'run', promptId, ...part }],
  )
  const rounding = sum(placed.map(({ amount, usdMicros }) => amount.usdMicros - usdMicros))
  const rounded: Part[] = rounding === 0 ? [] : [{ kind: 'rounding', usdMicros: rounding }]
  return {
    span,
    usdMicros: span.to.usdMicros - span.from.usdMicros,
    parts: [...others, ...runs, ...shared, ...rounded],
    unexplainedUsdMicros: rest === 0 ? 0 : -rest,
  }
}

function sourcesOf({ promptIds, eventIds }: Unpriced): Charge['source'][] {
  return [
    ...promptIds.map((promptId) => ({ kind: 'run' as const, promptId })),
    ...eventIds.map((eventId) => ({ kind: 'event' as const, eventId })),
  ]
}

function promptIdOf(source: Charge['source']): string | undefined {
  return 'promptId' in source ? source.promptId : undefined
}

function partOf(
  source: Charge['source'],
  events: ReadonlyMap<string, AccountEvent>,
  usdMicros: number,
): Part {
  if (source.kind === 'overheard') return { kind: 'overheard', nodeId: source.nodeId, usdMicros }
  const eventId = 'eventId' in source ? source.eventId : ''
  const event = events.get(eventId)
  return { kind: (event && moveOf(event)) ?? 'elsewhere', eventId, usdMicros }
}

/** Undefined for usage, and for an event that moves no balance. */
export function moveOf(event: AccountEvent): (typeof moves)[number] | undefined {
  return moves.find((move) => move === kindOf(event))
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}
