import { useBroadcastChannel, useEventListener, useTimeoutFn } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { ApiError, type ApiErrorCode } from '../../api/port.ts'
import { useChangesStore } from '../../live-updates/store.ts'
import { useBalanceStore } from '../../balance/store.ts'
import { useHistoryStore } from '../../history/store.ts'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useSessionStore } from '../../session/store.ts'
import { CHANNEL, readReturnMessage } from './return-channel.ts'
import { isOpen, isWaiting, type Evidence, type Progress } from './flow.ts'
import { inOneTab } from '../../storage/tab-lock.ts'
import { askStandings, type RunnerWorld, type Standing } from './checkout-client.ts'
import { nextAskIn } from './poll-schedule.ts'
import type { Tell } from './use-purchases.ts'

/** A refusal for asking too often that does not say how long to wait. */
const RETRY_AFTER_SECONDS = 10

/** As long as a payment page lives; later only a person who looks makes us ask. */
const SESSION_LIFE_MS = 24 * 60 * 60_000

interface AskingOptions {
  readonly purchases: Readonly<Ref<readonly Progress[]>>
  readonly tell: Tell
  readonly world: () => RunnerWorld | null
}

/**
 * Asks how the open purchases stand: by the clock while they wait, and at every hint that the
 * person is back. One tab asks for all; the others hear of it by what it writes down.
 */
export function useAsking(options: AskingOptions) {
  const { purchases } = options
  const billing = useBillingAccountStore()
  const session = useSessionStore()
  const cancelled = new Set<string>()
  const changes = useChangesStore()
  let asking: Promise<void> | null = null
  let changedMeanwhile = false

  const open = computed(() => purchases.value.filter(isOpen))
  const question = useQuestion({ ...options, open, cancelled })
  const clock = useClock({ ...options, ask, notBefore: question.notBefore })
  const accountKey = computed(() =>
    billing.account !== null && open.value.length > 0 ? billing.accountKey : null,
  )
  const turn = useTurn(accountKey, { mine: clock.returned, lost: clock.stop })

  /** One question at a time; whoever asks meanwhile gets the answer under way. */
  function ask(): Promise<void> {
    asking ??= question.ask().finally(() => {
      asking = null
      if (turn.mine.value) clock.schedule()
      if (changedMeanwhile) changed()
    })
    return asking
  }

  /** The account has changed: the answer to a question that is under way may not know of it yet. */
  function changed(): void {
    changedMeanwhile = asking !== null
    if (!changedMeanwhile && turn.mine.value) void ask()
  }

  /** The person is back, or wants to know: this tab asks now. */
  function look(): void {
    if (accountKey.value === null) return
    if (turn.mine.value) clock.returned()
    else if (document.visibilityState === 'visible') turn.take()
  }

  /** An abandoned payment page must not make us ask for ever. */
  function isOfInterest(progress: Progress): boolean {
    const age = Date.now() - progress.purchase.startedAt
    return isWaiting(progress) || session.shown || age < SESSION_LIFE_MS
  }

  useHints({
    look: () => {
      if (open.value.some(isOfInterest)) look()
    },
    returned: (attempt, wasCancelled) => {
      if (wasCancelled && attempt !== null) cancelled.add(attempt)
      if (turn.mine.value) clock.returned()
    },
  })
  watch(
    () => purchases.value.filter(isWaiting).length,
    (now, before) => {
      if (now > before && turn.mine.value) clock.returned()
    },
  )
  changes.onChange(changed)
  // The others hear of it by what this tab writes down.
  changes.alsoWhile(() => turn.mine.value && purchases.value.some(isWaiting))
  watch(accountKey, question.forget)
  return { look, failure: question.failure, unclear: question.unclear, nextAskAt: clock.nextAskAt }
}

interface QuestionOptions extends AskingOptions {
  readonly open: Readonly<Ref<readonly Progress[]>>
  /** Attempts that the return page says were left. */
  readonly cancelled: Set<string>
}

/** Asks once about all that is open, unless the service has asked us to wait. */
function useQuestion({ open, cancelled, ...options }: QuestionOptions) {
  const { purchases, world, tell } = options
  const billing = useBillingAccountStore()
  const failure = ref<ApiErrorCode | null>(null)
  /** Attempts of which one or the other was credited. */
  const unclear = shallowRef<ReadonlySet<string>>(new Set())
  const settle = useSettling({ tell, cancelled, unclear })
  /** Epoch milliseconds. */
  let waitUntil = 0

  async function ask(): Promise<void> {
    const asked = world()
    const about = open.value.filter(({ step }) => step !== 'creating')
    const { accountKey } = billing
    if (asked === null || accountKey === null || about.length === 0 || Date.now() < waitUntil)
      return
    try {
      await settle(
        accountKey,
        about,
        await askStandings(asked, about, spentEvents(purchases.value)),
      )
      failure.value = null
    } catch (error) {
      // The line is down, or the login is being renewed: the next question may get through.
      if (!(error instanceof ApiError)) throw error
      failure.value = error.code === 'cancelled' ? null : error.code
      const { retryAfterSeconds } = error.details
      const wait = retryAfterSeconds ?? (error.code === 'rate-limited' ? RETRY_AFTER_SECONDS : 0)
      waitUntil = Date.now() + wait * 1000
    }
  }

  /** Another billing account is another service's, or another person's. */
  function forget(): void {
    failure.value = null
    waitUntil = 0
  }

  return { ask, forget, failure, unclear, notBefore: () => waitUntil }
}

function spentEvents(purchases: readonly Progress[]): ReadonlySet<string> {
  return new Set(
    purchases.flatMap((progress) =>
      progress.step === 'credited' && progress.evidence.from === 'account-event'
        ? progress.evidence.eventId
        : [],
    ),
  )
}

interface SettlingOptions extends Pick<QuestionOptions, 'tell' | 'cancelled'> {
  readonly unclear: Ref<ReadonlySet<string>>
}

/** What the answers mean for the purchases that were asked about. */
function useSettling({ tell, cancelled, unclear }: SettlingOptions) {
  const balance = useBalanceStore()
  const history = useHistoryStore()

  return async (
    accountKey: string,
    about: readonly Progress[],
    standings: ReadonlyMap<string, Standing>,
  ): Promise<void> => {
    const credited = new Map<string, Evidence>()
    const unclearNow = new Set<string>()
    for (const { purchase } of about) {
      const { attempt } = purchase
      const standing = standings.get(attempt) ?? { kind: 'open' }
      if (standing.kind === 'credited') {
        credited.set(attempt, standing.evidence)
        tell(accountKey, attempt, { type: 'paid' })
      } else if (standing.kind === 'unclear') unclearNow.add(attempt)
      else if (standing.kind !== 'open') tell(accountKey, attempt, { type: standing.kind })
      else if (cancelled.has(attempt)) tell(accountKey, attempt, { type: 'cancelled' })
      cancelled.delete(attempt)
    }
    unclear.value = unclearNow
    if (credited.size === 0) return
    // The proof alone is half of the news: "before → after" needs the figure too.
    const afterUsdMicros = await balance.refresh()
    if (afterUsdMicros === null) return
    for (const [attempt, evidence] of credited) {
      tell(accountKey, attempt, { type: 'credited', evidence, afterUsdMicros })
    }
    void history.refresh()
  }
}

interface ClockOptions extends AskingOptions {
  readonly ask: () => Promise<void>
  /** The service has asked us to wait that long; epoch milliseconds. */
  readonly notBefore: () => number
}

function useClock({ purchases, tell, ask, notBefore }: ClockOptions) {
  const billing = useBillingAccountStore()
  const changes = useChangesStore()
  const nextAskAt = ref<number | null>(null)
  const waitMs = ref(0)
  const timer = useTimeoutFn(() => void ask(), waitMs, { immediate: false })
  let returnedAt = 0

  function stop(): void {
    timer.stop()
    nextAskAt.value = null
  }

  function schedule(): void {
    stop()
    const waiting = purchases.value.filter(isWaiting)
    if (waiting.length === 0) return
    const now = Date.now()
    const wait = nextAskIn({
      pendingMs: now - Math.max(...waiting.map(({ purchase }) => purchase.startedAt)),
      returnedMs: now - returnedAt,
      visible: document.visibilityState === 'visible',
      told: changes.told,
    })
    if (wait === null) {
      const { accountKey } = billing
      if (accountKey === null) return
      for (const { purchase } of waiting) tell(accountKey, purchase.attempt, { type: 'gave-up' })
      return
    }
    waitMs.value = Math.max(wait, notBefore() - now)
    nextAskAt.value = now + waitMs.value
    timer.start()
  }

  function returned(): void {
    returnedAt = Date.now()
    void ask()
  }

  return { nextAskAt, schedule, returned, stop }
}

interface TurnHooks {
  readonly mine: () => void
  readonly lost: () => void
}

/** Whether it is this tab that asks. `accountKey` null: there is nothing to ask about. */
function useTurn(accountKey: Readonly<Ref<string | null>>, hooks: TurnHooks) {
  const mine = ref(false)
  let leaving = new AbortController()

  async function wait(name: string, signal: AbortSignal, thief: boolean): Promise<void> {
    let steal = thief
    while (!signal.aborted) {
      await inOneTab(name, (taken) => have(taken, signal), { signal, steal })
      steal = false
    }
  }

  async function have(taken: AbortSignal, signal: AbortSignal): Promise<void> {
    mine.value = true
    hooks.mine()
    await firstAbort(taken, signal)
    mine.value = false
    hooks.lost()
  }

  function start(steal: boolean): void {
    leaving.abort()
    leaving = new AbortController()
    const { signal } = leaving
    if (accountKey.value === null) return
    wait(`ask:${accountKey.value}`, signal, steal).catch((error: unknown) => {
      if (!signal.aborted) reportError(error)
    })
  }

  watch(accountKey, () => start(false), { immediate: true })
  onScopeDispose(() => leaving.abort())
  /** The tab that the person looks at asks: a hidden one's clock goes slowly. */
  return { mine, take: () => start(true) }
}

function firstAbort(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    }
  })
}

interface Hints {
  readonly look: () => void
  readonly returned: (attempt: string | null, cancelled: boolean) => void
}

/** Everything that may mean "the person is back": each is a reason to ask, none is believed. */
function useHints({ look, returned }: Hints): void {
  const session = useSessionStore()
  useEventListener(window, ['focus', 'pageshow', 'online'], look)
  useEventListener(document, 'visibilitychange', () => {
    if (document.visibilityState === 'visible') look()
  })
  watch(
    () => session.shown,
    (shown) => {
      if (shown) look()
    },
  )
  const { data } = useBroadcastChannel({ name: CHANNEL })
  watch(data, (message) => {
    const read = readReturnMessage(message)
    if (read) returned(read.attempt, read.outcome === 'cancelled')
  })
}
