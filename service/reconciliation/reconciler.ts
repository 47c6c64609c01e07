import { setTimeout as wait } from 'node:timers/promises'
import { startClock } from '../clock.ts'
import { locks } from '../database/locks.ts'
import type { OpenDatabase } from '../database/open.ts'
import { ServiceError } from '../errors.ts'
import type { PaymentDeps } from '../purchases/payment-deps.ts'
import type { Comparer, Difference, Reconciliation } from './difference.ts'
import { moveReadPosition, readPosition } from './read-position.ts'
import { compareAll, compareEvents } from './recent.ts'
import { compareUndecided } from './undecided.ts'

/** Compares our records with Stripe's, periodically and on demand. */
export interface Reconciler extends Comparer {
  /** Starts no more. Resolves when the round that runs has ended, which may be long. */
  stop(): Promise<void>
}

export interface ReconcilerDeps extends PaymentDeps {
  readonly database: Pick<OpenDatabase, 'alone'>
}

/** Of refunds and disputes. */
const EVENTS = 'reversal-events'
const DAY_S = 86_400
/** How far the first round looks back: as long as Stripe retries a webhook. */
const FIRST_LOOK_S = 3 * DAY_S
/** How far others look back beyond the newest event of the last one: Stripe's list may lag. */
const OVERLAP_S = 10 * 60
const PATIENCE_MS = 20_000

/** `everyMs` 0: on demand only. */
export function startReconciler(deps: ReconcilerDeps, everyMs: number): Reconciler {
  const stopping = new AbortController()
  const { alone, lastRound } = oneAtATime(deps.database, stopping.signal)
  const known = new Set<string>()

  async function byTheClock(): Promise<void> {
    const result = await alone(() => dueRound(deps))
    if (result) report(deps, result.differences, known)
  }
  const { log } = deps
  const clock =
    everyMs > 0
      ? startClock({ log, everyMs, failure: 'A reconciliation failed.' }, byTheClock)
      : null
  return {
    async compare(days) {
      const created = { gte: nowSeconds() - days * DAY_S }
      const deadline = Date.now() + PATIENCE_MS
      while (Date.now() < deadline) {
        const result = await alone(() =>
          collect(
            compareUndecided(deps, 'all'),
            compareEvents(deps, created),
            compareAll(deps, created),
          ),
        )
        if (result) {
          report(deps, result.differences, known)
          return result
        }
        await wait(250)
      }
      throw new ServiceError('conflict', 'Another instance is reconciling. Try again shortly.')
    },
    async stop() {
      clock?.stop()
      stopping.abort()
      await lastRound()
    },
  }
}

/** What is due, and the events since the last round of any instance. */
async function dueRound(deps: ReconcilerDeps): Promise<Reconciliation> {
  const position = await readPosition(deps.db, EVENTS)
  const gte = position === null ? nowSeconds() - FIRST_LOOK_S : position - OVERLAP_S
  let newest = 0
  const result = await collect(
    compareUndecided(deps, 'due'),
    compareEvents(deps, { gte }, (created) => {
      newest = Math.max(newest, created)
    }),
  )
  if (newest > 0) await moveReadPosition(deps.db, EVENTS, newest)
  return result
}

type Round = () => Promise<Reconciliation>

interface OneAtATime {
  /** Null while another instance has its round. */
  readonly alone: (round: Round) => Promise<Reconciliation | null>
  /** Resolves when the round that was begun last has ended, however it did. */
  readonly lastRound: () => Promise<void>
}

/** One round at a time, in this process and, by a lock, on all instances. */
function oneAtATime(database: ReconcilerDeps['database'], stopping: AbortSignal): OneAtATime {
  const stopped = new Promise<never>((_, reject) => {
    stopping.addEventListener('abort', () => reject(new Error('The service ends.')))
  })
  stopped.catch(() => {}) // Its callers handle the rejection.
  let turns: Promise<unknown> = Promise.resolve()
  let last: Promise<unknown> = Promise.resolve()
  function begin(round: Round): Promise<Reconciliation> {
    const begun = round()
    last = begun
    // The race ends it at once, so that the lock's connection is released.
    return Promise.race([begun, stopped])
  }
  return {
    alone(round) {
      const turn = turns.then(() => database.alone(locks.reconciliation, () => begin(round)))
      turns = turn.catch(() => {}) // The next one runs, whether or not this one fails.
      return turn
    },
    lastRound: () =>
      last.then(
        () => undefined,
        () => undefined,
      ),
  }
}

async function collect(
  ...comparisons: AsyncGenerator<Difference | null>[]
): Promise<Reconciliation> {
  let compared = 0
  const differences: Difference[] = []
  for (const comparison of comparisons) {
    for await (const difference of comparison) {
      compared += 1
      if (difference) differences.push(difference)
    }
  }
  return { compared, differences: withoutRepeats(differences) }
}

/** Two lists may contain the same one. */
function withoutRepeats(differences: readonly Difference[]): Difference[] {
  return [...new Map(differences.map((each) => [keyOf(each), each])).values()]
}

function keyOf({ kind, subject }: Difference): string {
  return `${kind} ${subject}`
}

/** Every round finds what cannot be healed, but it is logged as an error only once. */
function report(deps: PaymentDeps, differences: readonly Difference[], known: Set<string>): void {
  for (const difference of differences) {
    if (difference.healed) deps.log.warn(difference, 'Reconciled.')
    else if (!known.has(keyOf(difference))) deps.log.error(difference, 'Cannot be reconciled.')
    known.add(keyOf(difference))
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
