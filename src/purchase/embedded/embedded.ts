import { loadStripe } from '@stripe/stripe-js/pure'
import type { PageMessage, PageEvent, PayMessage } from './messages.ts'

/**
 * The page inside the popup's frame that Stripe.js is loaded into, and Stripe's own form. Stripe's
 * script may do with this page what it likes, and goes with it; ComfyUI's own never meets it. Here
 * it is also not shut out by ComfyUI's dialogs, which let nothing be clicked outside of them: what
 * Stripe lays over a page, such as a bank's question, it lays over this one.
 * https://github.com/stripe/stripe-js/issues/599
 */

/** Lower is Stripe's form only while it is still loading. */
const SHOWN_FROM_PX = 150

const sent = new Set<PageEvent>()

function report(event: PageEvent): void {
  if (event !== 'escape' && sent.has(event)) return
  sent.add(event)
  const message: PageMessage = { kind: 'embedded-page', news: event }
  window.parent.postMessage(message, window.location.origin)
}

async function pay({ publishableKey, clientSecret }: PayMessage): Promise<void> {
  const place = document.querySelector<HTMLElement>('[data-checkout]')
  if (place === null) return
  try {
    const stripe = await loadStripe(publishableKey)
    const checkout = await stripe?.createEmbeddedCheckoutPage({
      fetchClientSecret: () => Promise.resolve(clientSecret),
      onComplete: () => report('completed'),
      onAnalyticsEvent: ({ eventType }) => {
        if (eventType === 'checkoutRendered') report('shown')
      },
    })
    checkout?.mount(place)
  } catch (error) {
    // It did not come, or has something against our order: the way on is the same.
    report('failed')
    reportError(error)
    return
  }
  new ResizeObserver(() => {
    if (place.offsetHeight >= SHOWN_FROM_PX) report('shown')
  }).observe(place)
}

/** Once: Stripe allows one form in a page. */
let begun = false

window.addEventListener('message', ({ source, origin, data }: MessageEvent<PayMessage>) => {
  // Our own popup, which sends nothing else: no schema, so that this page stays small.
  if (source !== window.parent || origin !== window.location.origin || begun) return
  begun = data.kind === 'embedded-pay'
  if (begun) void pay(data)
})
window.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') report('escape')
})
report('ready')
