import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ComfyUIConfig } from './config.ts'
import { readPage } from './page.ts'

const PAGE_DIR = fileURLToPath(new URL('page/', import.meta.url))
const EXTENSION_BASE = '/extensions/comfyui-credits'
const SANDBOX_EXTENSION = '/extensions/sandbox/default-workflow.js'
/** The frontend's build puts a hash of the content into these names. */
const HASHED = /-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/

/** Everything that is a file: the frontend, the extension, and the sandbox's own page scripts. */
export async function fileRoutes(config: ComfyUIConfig): Promise<Hono> {
  const page = await readPage(config.frontendDir, config.networkMock !== null)
  const app = new Hono()

  app.get('/', (c) => c.html(page, 200, { 'Cache-Control': 'no-cache' }))
  app.get('/index.html', (c) => c.redirect('/'))
  // ComfyUI's page links a user's style sheet, which may not exist.
  app.get('/user.css', (c) => c.body('', 200, { 'Content-Type': 'text/css' }))
  app.get(
    '/sandbox/workflow.json',
    files(PAGE_DIR, () => 'workflow.json'),
  )
  app.get(
    SANDBOX_EXTENSION,
    files(PAGE_DIR, () => 'default-workflow.js'),
  )
  if (config.networkMock) {
    const { dir, ...pageConfig } = config.networkMock
    app.get('/sandbox/config.json', (c) =>
      c.json({ ...pageConfig, frontendVersion: config.frontendVersion }),
    )
    app.get('/mockServiceWorker.js', files(dir))
    app.get(
      '/sandbox/*',
      files(dir, (path) => path.slice('/sandbox'.length)),
    )
  }
  if (config.extensionDir !== null) {
    app.get(
      `${EXTENSION_BASE}/*`,
      files(config.extensionDir, (path) => path.slice(EXTENSION_BASE.length)),
    )
  }
  app.get('/*', files(config.frontendDir))
  // Browsers ask for it where the page names no icon, and older frontends bring none.
  app.get('/favicon.ico', (c) => c.body(null, 204))
  return app
}

/**
 * Addresses of all scripts the frontend imports at boot: every `.js` of the frontend's own
 * extensions folder and of the extension's web directory, nested ones too.
 */
export async function bootScripts(config: ComfyUIConfig): Promise<string[]> {
  const own = await scriptsBelow(join(config.frontendDir, 'extensions'))
  const extension = config.extensionDir === null ? [] : await scriptsBelow(config.extensionDir)
  return [
    ...own.map((path) => `/extensions/${path}`),
    SANDBOX_EXTENSION,
    ...extension.map((path) => `${EXTENSION_BASE}/${path}`),
  ]
}

async function scriptsBelow(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true })
  return paths
    .filter((path) => path.endsWith('.js'))
    .map((path) => path.split(sep).join('/'))
    .toSorted()
}

/** Hono's file server takes the type from the name, and lets no path leave `root`. */
function files(root: string, rewrite: (path: string) => string = (path) => path) {
  return serveStatic({
    root,
    rewriteRequestPath: rewrite,
    onFound: (path: string, c: Context) => {
      c.header('Cache-Control', cacheFor(path))
    },
  })
}

function cacheFor(path: string): string {
  return path.includes(`${sep}assets${sep}`) && HASHED.test(path)
    ? 'public, max-age=31536000, immutable'
    : 'no-cache'
}
