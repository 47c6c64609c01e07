import { ATTEMPT_PARAMETER, CHANNEL } from '../channel-name.ts'
import type { ReturnMessage } from '../channel.ts'

/**
 * The page a payment comes back to, on ComfyUI's own origin. It tells the tab that waits, says what
 * happened in a sentence, and closes itself where the browser lets it.
 */
const query = new URLSearchParams(window.location.search)
const outcome = query.get('checkout') === 'cancelled' ? 'cancelled' : 'success'

const message: ReturnMessage = {
  kind: 'checkout-returned',
  attempt: query.get(ATTEMPT_PARAMETER),
  outcome,
}
const channel = new BroadcastChannel(CHANNEL)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it is its origin's own
channel.postMessage(message)
channel.close()

const shown = document.querySelector<HTMLElement>(`[data-outcome="${outcome}"]`)
if (shown) {
  shown.hidden = false
  document.title = shown.querySelector('h1')?.textContent ?? document.title
}

window.close()
