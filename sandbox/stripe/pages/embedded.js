// In the payment page that stands in another's: tells that one how tall it is, and how it goes.

/** Carries nothing secret, so any page that embeds the frame may receive it. */
function post(message) {
  parent.postMessage({ from: 'stripe-stand-in', ...message }, '*')
}

new ResizeObserver(() => post({ height: document.documentElement.offsetHeight })).observe(
  document.documentElement,
)
post({ rendered: true })
if (document.querySelector('meta[name=complete]')) post({ complete: true })
