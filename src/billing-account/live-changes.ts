import type { Caller } from '../api/call.ts'
import { openStream } from '../api/stream.ts'
import type { BillingAccount } from './port.ts'

/** Loads what follows the changes when somebody wants to hear of them: most services tell of none. */
export function changesOf(
  caller: Caller,
  whose: BillingAccount['kind'],
): BillingAccount['changes'] {
  return async (listener, signal) => {
    // The browser says in its console why it could not. Without it we ask by the clock.
    const code = await import('../api/changes.ts').catch(() => null)
    if (code === null || signal.aborted) return 'ended'
    return code.followChanges(whose, openStream.bind(null, caller), listener, signal)
  }
}
