import type { Api, Caller } from '../api/port.ts'
import type { BillingAccount } from './port.ts'

/** Loads the code that follows a stream only when it is needed: most services have no stream. */
export function changesOf(
  api: Api,
  caller: Caller,
  whose: BillingAccount['kind'],
): BillingAccount['changes'] {
  const openStream = (path: string, life: AbortSignal) => api.openStream(caller, path, life)
  return async (listener, signal) => {
    // The browser logs why it could not load. Without it the balance is polled.
    const code = await import('./follow-changes.ts').catch(() => null)
    if (code === null || signal.aborted) return 'ended'
    return code.followChanges(whose, openStream, listener, signal)
  }
}
