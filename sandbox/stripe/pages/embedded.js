// In the payment page that stands in another's: tells that one how tall it is, and how it goes.

/** Nothing secret is told, so anybody who has the frame may hear it. */
function tell(message) {
  parent.postMessage({ from: 'stripe-stand-in', ...message }, '*')
}

new ResizeObserver(() => tell({ height: document.documentElement.offsetHeight })).observe(
  document.documentElement,
)
tell({ rendered: true })
if (document.querySelector('meta[name=complete]')) tell({ complete: true })
