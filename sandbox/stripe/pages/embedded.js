// Runs in the embedded payment page, and sends its height and progress to the page around it.

/** Carries nothing secret, so any page that embeds the frame may receive it. */
function post(message) {
  parent.postMessage({ from: 'stripe-stand-in', ...message }, '*')
}

new ResizeObserver(() => post({ height: document.documentElement.offsetHeight })).observe(
  document.documentElement,
)
post({ rendered: true })
if (document.querySelector('meta[name=complete]')) post({ complete: true })
