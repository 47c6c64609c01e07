import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { defineStore } from 'pinia'
import { onScopeDispose, shallowRef, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import { asRecord, asText } from '../estimate/json.ts'
import type { RawRunEvent } from '../host/port.ts'
import { SEEN_LATE_MS, type Run } from '../runs/run.ts'
import { useRunsStore } from '../runs/store.ts'
import { useRunEvents } from '../runs/use-run-events.ts'
import { useClockStore } from '../session/clock.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { randomId } from '../storage/random-id.ts'
import {
  endedByIdle,
  isSettled,
  joinReservations,
  noCost,
  reservation,
  reservedOf,
  withSpent,
  type Bounds,
  type Reservation,
} from './reservation.ts'
import { expectedOf, type Expected } from './expected.ts'
import { othersReservations, RESERVED_PREFIX, shareReservations } from './shared-reservations.ts'
import { usePromptEstimate } from './use-prompt-estimate.ts'

/**
 * A run that has ended stays for as long as other tabs may need to read what it cost where it is
 * stored for good.
 */
const STAYS_MS = 60_000

/** What is queued and has not ended, of the account that pays: this tab's, and what others share. */
export const useReservationsStore = defineStore('reservations', () => {
  const clock = useClockStore()
  const runs = useRunsStore()
  const storage = browserStorage()
  const tab = randomId()
  const own = new Map<string, Reservation>()
  const version = shallowRef(0)

  function all(accountKey: string): Reservation[] {
    const others = othersReservations(storage, { accountKey, tab, now: clock.now() })
    return joinReservations([[...own.values()], ...others]).map((run) =>
      endedByIdle(run, runs.idleAt, SEEN_LATE_MS),
    )
  }

  function share(): void {
    const { accountKey } = runs
    if (accountKey === null) return
    shareReservations(storage, { accountKey, tab, now: clock.now() }, [...own.values()])
  }

  function alter(id: string, next: Reservation | null): void {
    if (next === null) own.delete(id)
    else own.set(id, next)
    share()
    version.value += 1
  }

  const pressed = usePressed(tab, alter)
  useTakenRuns({ own, pressed, alter })
  useRuns(own, alter, (promptId) => {
    const { accountKey } = runs
    return accountKey === null ? undefined : all(accountKey).find(({ id }) => id === promptId)
  })
  // What was shared stays: the account that pays again goes on with it, as other tabs do.
  watch(
    () => runs.accountKey,
    () => own.clear(),
    { flush: 'sync' },
  )
  const receive = ({ key }: StorageEvent): void => {
    if (key === null || key.startsWith(RESERVED_PREFIX)) version.value += 1
  }
  window.addEventListener('storage', receive)
  onScopeDispose(() => window.removeEventListener('storage', receive))

  return {
    /** For each run of a press of Run that is about to be sent. */
    reserve: pressed.reserve,
    /** What all tabs' runs will still take of a balance that was read at `balanceAt`. */
    reserved(balanceAt: number): Bounds {
      const { accountKey } = runs
      if (accountKey === null) return noCost
      const before = clock.now() - STAYS_MS
      for (const [id, run] of own) {
        if (isSettled(run, Math.min(balanceAt, before))) alter(id, null)
      }
      return reservedOf(all(accountKey), balanceAt)
    },
    /** Of all tabs, also some that have ended. */
    all(): readonly Reservation[] {
      const { accountKey } = runs
      return accountKey === null ? [] : all(accountKey)
    },
    /** This tab's alone. */
    own: (): readonly Reservation[] => [...own.values()],
    /** Another number after each change, whichever tab made it. */
    version,
  }
})

type Alter = (id: string, next: Reservation | null) => void

/** Presses of Run whose runs the server has not taken yet. The host sends the last one first. */
function usePressed(tab: string, alter: Alter) {
  let presses: Reservation[][] = []
  let count = 0
  const drop = (press: readonly Reservation[]): void => {
    for (const { id } of press) alter(id, null)
  }
  return {
    reserve(size: number, each: Bounds, expected?: Expected): void {
      const press = Array.from({ length: size }, () =>
        reservation(`${tab}-${(count += 1)}`, each, expected),
      )
      presses.push(press)
      for (const run of press) alter(run.id, run)
    },
    /** The next run that was reserved for; undefined for one that nobody was asked about. */
    take(): Reservation | undefined {
      const run = presses.at(-1)?.shift()
      presses = presses.filter(({ length }) => length > 0)
      if (run) alter(run.id, null)
      return run
    },
    /** The rest of a press is not sent once one of its runs is refused. */
    refused: (): void => drop(presses.pop() ?? []),
    allAnswered(): void {
      for (const press of presses.splice(0)) drop(press)
    },
  }
}

interface Following {
  readonly own: ReadonlyMap<string, Reservation>
  readonly pressed: ReturnType<typeof usePressed>
  readonly alter: Alter
}

/** Of each run that the server takes, also of one that came past the host's Run button. */
function useTakenRuns({ own, pressed, alter }: Following): void {
  const clock = useClockStore()
  const runs = useRunsStore()
  const { host } = useCreditsContext()
  const estimateOf = usePromptEstimate()

  function accepted(promptId: string, prompt: unknown): void {
    const known = pressed.take()
    const bounds = known ?? noCost
    const taken = { ...reservation(promptId, bounds, known?.expected), takenAt: clock.now() }
    // The answer may come after the run's start, and after its end.
    const run = runs.runs.find((each) => each.promptId === promptId)
    alter(promptId, run ? followed(taken, run, clock.now()) : taken)
    if (!known) void price(promptId, prompt)
  }

  async function price(promptId: string, prompt: unknown): Promise<void> {
    const workflow = host.workflowName()
    const now = await estimateOf(prompt)
    const run = own.get(promptId)
    if (!now || !run) return
    const { minUsdMicros, maxUsdMicros } = now.total
    const expected = expectedOf(now, { workflow, isAuto: false, titleOf: () => null })
    alter(promptId, { ...run, minUsdMicros, maxUsdMicros, expected })
  }

  function receive({ type, detail }: RawRunEvent): void {
    const { prompt_id: id, output } = asRecord(detail)
    const promptId = asText(id)
    if (type === 'credits_accepted' && promptId !== null) accepted(promptId, output)
    else if (type === 'credits_refused') pressed.refused()
    else if (type === 'credits_answered_all') pressed.allAnswered()
  }

  useRunEvents(receive)
}

/** What runs have been charged for, and that they have ended. */
function useRuns(
  own: ReadonlyMap<string, Reservation>,
  alter: Alter,
  shared: (promptId: string) => Reservation | undefined,
): void {
  const clock = useClockStore()
  const runs = useRunsStore()
  const seen = new Set<string>()

  /** Of this tab before its reload, which the run goes on in. */
  function left(run: Run): Reservation | undefined {
    if (run.endedAt !== null || seen.has(run.promptId)) return undefined
    seen.add(run.promptId)
    return shared(run.promptId)
  }

  watch(
    () => runs.runs,
    (now) => {
      for (const run of now) {
        const known = own.get(run.promptId) ?? left(run)
        const next = known && followed(known, run, clock.now())
        if (next && next !== own.get(run.promptId)) alter(run.promptId, next)
      }
    },
    { flush: 'sync' },
  )
}

function followed(known: Reservation, run: Run, now: number): Reservation {
  const isOver = run.endedAt !== null
  if (isOver && known.endedAt !== null) return known
  const next = withSpent(known, chargedOf(run, known), run.endedAt ?? now)
  if (isOver) return { ...next, endedAt: run.endedAt }
  return known.endedAt === null ? next : { ...next, endedAt: null }
}

/** One that succeeded and named no price is taken to have cost at least what it was estimated at. */
function chargedOf({ announcedCredits, outcome }: Run, { minUsdMicros }: Reservation): number {
  if (announcedCredits !== null) return usdMicrosFromCredits(announcedCredits)
  return outcome === 'succeeded' ? minUsdMicros : 0
}
