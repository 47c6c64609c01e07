import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

/** Serves msw's service worker to the development page, so that no copy here goes stale. */
export function mswWorker(): Plugin {
  return {
    name: 'comfyui-credits:msw-worker',
    apply: 'serve',
    configureServer(server) {
      server.middlewares.use('/mockServiceWorker.js', (_request, response) => {
        response.setHeader('Content-Type', 'text/javascript')
        response.setHeader('Cache-Control', 'no-cache')
        createReadStream(fileURLToPath(import.meta.resolve('msw/mockServiceWorker.js'))).pipe(
          response,
        )
      })
    },
  }
}
