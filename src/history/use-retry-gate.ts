import { ref } from 'vue'
import type { BillingAccount } from '../billing-account/port.ts'
import { ApiError } from '../api/port.ts'
import { useClockStore } from '../session/clock.ts'
import type { AnsweredPage } from './event-feed.ts'

/** For a service that says "too many requests", but not for how long. */
const DEFAULT_WAIT_SECONDS = 5

export type RetryGate = ReturnType<typeof useRetryGate>

/** Holds requests back for as long as the service asked: its `Retry-After`. */
export function useRetryGate() {
  const { now } = useClockStore()
  /** Epoch milliseconds; null while nothing is held back. */
  const opensAt = ref<number | null>(null)

  async function pass(signal?: AbortSignal): Promise<void> {
    while (opensAt.value !== null) {
      signal?.throwIfAborted()
      const left = opensAt.value - now()
      if (left > 0) await pause(left, signal)
      if ((opensAt.value ?? 0) <= now()) opensAt.value = null
    }
  }

  /** Closes the gate where the error says so. */
  function closeFor(error: unknown): void {
    if (!isRateLimit(error)) return
    const { retryAfterSeconds = DEFAULT_WAIT_SECONDS } = error.details
    opensAt.value = Math.max(opensAt.value ?? 0, now() + retryAfterSeconds * 1000)
  }

  return { opensAt, pass, closeFor, now }
}

/** One page of the account's events, as soon as it may be asked for. */
export async function askForPage(
  gate: RetryGate,
  account: BillingAccount,
  question: { readonly page: number; readonly limit: number },
  signal?: AbortSignal,
): Promise<AnsweredPage> {
  await gate.pass(signal)
  try {
    const page = await account.events(question, signal && { signal })
    return { ...page, page: question.page, readAt: gate.now() }
  } catch (error) {
    gate.closeFor(error)
    throw error
  }
}

export function isRateLimit(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    (error.code === 'rate-limited' || error.details.retryAfterSeconds !== undefined)
  )
}

/** Rejects with the signal's reason when it aborts. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms)
    function done(): void {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    function abort(): void {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}
