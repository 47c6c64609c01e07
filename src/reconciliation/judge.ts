import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { AccountEvent } from '../account-events/account-event.ts'
import { SETTLE_MS, type Call, type Run } from '../runs/run.ts'
import { sum, type Charge } from './charges.ts'
import { isShared, type Entry } from './entry.ts'
import type { Placed, Span } from './fit.ts'
import type { RunEvidence } from './run-evidence.ts'
import { verdictWord, type Cost, type Measures, type Verdict, type Who } from './verdict.ts'

/** What the balance shows of a run's calls that no event covers; null where it does not. */
export interface Found {
  readonly usdMicros: number
  readonly spans: readonly Span[]
  readonly placed: readonly Placed[]
  /** Nobody quoted this, and this run alone can have cost it. */
  readonly unannounced: number
}

/** The changes of a balance, as they were explained. */
export class Balance {
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

  find({ run, charges: own, free }: RunEvidence): Found | null {
    const { endedAt, promptId } = run
    const charges = [...own, ...free.filter((charge) => this.#placed.has(charge))]
    // Before that, what is there may be half of it, and what is missing may yet come.
    if (endedAt === null || this.#end < endedAt + SETTLE_MS) return null
    const places = charges
      .flatMap((charge) => this.#placed.get(charge) ?? [])
      .sort((a, b) => a.order - b.order)
    const holding = [...new Set(places.map(({ entry }) => entry))]
    const shared = holding.some(
      ({ unpriced }) => isShared(unpriced) && unpriced.promptIds.includes(promptId),
    )
    if (shared || places.length < charges.length) return null
    const entries = charges.length > 0 ? holding : this.#around(endedAt)
    if (entries.length === 0) return null
    const unannounced = sum(
      entries.map((entry) =>
        entry.unpriced.promptIds.includes(promptId) ? entry.unpriced.usdMicros : 0,
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

export function judge(evidence: RunEvidence, found: Found | null): Verdict {
  const { run, group, covered } = evidence
  const charges = (group?.events ?? []).flatMap(({ chargeUsdMicros }) => chargeUsdMicros ?? [])
  const cost = costOf(evidence, charges, found)
  return {
    promptId: run.promptId,
    who: whoOf(group?.events ?? []),
    ...cost,
    word: found || charges.length > 0 ? verdictWord(run, cost) : 'open',
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

/** By name, or by address where the account says no name. */
function whoOf(events: readonly AccountEvent[]): Who | undefined {
  const names = (of: (event: AccountEvent) => string | null): string[] => [
    ...new Set(events.flatMap((event) => of(event) ?? [])),
  ]
  const members = names(({ memberName, memberEmail }) => memberName ?? memberEmail)
  const apiKeys = names(({ apiKeyName }) => apiKeyName)
  return members.length + apiKeys.length === 0 ? undefined : { members, apiKeys }
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

function costOf(evidence: RunEvidence, charges: readonly number[], found: Found | null): Cost {
  const byEvents = sum(charges)
  if (found) return { usdMicros: byEvents + found.usdMicros, certainty: 'proved' }
  if (charges.length > 0) {
    const toCome = evidence.run.endedAt === null || evidence.charges.some(isExpected)
    const complete = !toCome && charges.length === evidence.group?.events.length
    return { usdMicros: byEvents, certainty: complete ? 'proved' : 'at-least' }
  }
  return announcedCost(evidence.run)
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
