// Goes before msw's worker. A request that stays on this machine is none of the outside world's
// business: left to the browser, it need not wait for the page's busy main thread to say so, which
// would slow the start of ComfyUI.
self.addEventListener('fetch', (event) => {
  const { hostname } = new URL(event.request.url)
  const local = hostname === self.location.hostname || /^(localhost|127\.)/.test(hostname)
  if (local) event.stopImmediatePropagation()
})
