// Runs before msw's worker. Requests that stay on this machine are left to the browser: asking the
// page's busy main thread about each of them would slow ComfyUI's start.
self.addEventListener('fetch', (event) => {
  const { hostname } = new URL(event.request.url)
  const local = hostname === self.location.hostname || /^(localhost|127\.)/.test(hostname)
  if (local) event.stopImmediatePropagation()
})
