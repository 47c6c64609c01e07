import { Hono } from 'hono'
import type { ComfyUIConfig } from '../config.ts'
import { readTranslations } from '../i18n.ts'
import { bootScripts } from '../static.ts'

/** The ComfyUI this host behaves like. */
const COMFYUI_VERSION = '0.33.0'
const MAX_UPLOAD_BYTES = 104_857_600

/** The server's capabilities, as sent to the frontend over HTTP and over the websocket. */
export const serverFeatures = {
  supports_preview_metadata: true,
  max_upload_size: MAX_UPLOAD_BYTES,
} as const

/** Facts about the server, and empty answers for features that it lacks. */
export function systemRoutes(config: ComfyUIConfig): Hono {
  const app = new Hono()
  app.get('/users', (c) => c.json({ storage: 'server', migrated: true }))
  app.get('/features', (c) => c.json(serverFeatures))
  app.get('/system_stats', (c) => c.json(systemStats(config.frontendVersion)))
  app.get('/extensions', async (c) => c.json(await bootScripts(config)))
  app.get('/i18n', async (c) =>
    c.json(config.extensionLocales === null ? {} : await readTranslations(config.extensionLocales)),
  )
  for (const path of ['/embeddings', '/models', '/models/:folder', '/experiment/models']) {
    app.get(path, (c) => c.json([]))
  }
  app.get('/experiment/models/:folder', (c) => c.json([]))
  for (const path of ['/workflow_templates', '/global_subgraphs', '/node_replacements']) {
    app.get(path, (c) => c.json({}))
  }
  app.get('/internal/folder_paths', (c) => c.json({}))
  app.get('/internal/files/:folder', (c) => c.json([]))
  app.get('/internal/logs', (c) => c.json(''))
  app.get('/internal/logs/raw', (c) => c.json({ entries: [], size: { cols: 80, rows: 24 } }))
  app.patch('/internal/logs/subscribe', (c) => c.json({}))
  app.get('/assets', (c) => c.json({ assets: [], total: 0, has_more: false }))
  app.post('/assets/seed', (c) => c.json({}))
  app.get('/templates/*', (c) => c.json([]))
  app.post('/free', (c) => c.json({}))
  return app
}

function systemStats(frontendVersion: string) {
  const memoryBytes = 8_589_934_592
  return {
    system: {
      os: process.platform,
      ram_total: memoryBytes,
      ram_free: memoryBytes / 2,
      comfyui_version: COMFYUI_VERSION,
      required_frontend_version: frontendVersion,
      installed_templates_version: '0.0.0',
      required_templates_version: '0.0.0',
      python_version: '3.11',
      pytorch_version: '2.13',
      embedded_python: false,
      argv: ['main.py'],
    },
    devices: [
      {
        name: 'cpu',
        type: 'cpu',
        index: null,
        vram_total: memoryBytes,
        vram_free: memoryBytes / 2,
        torch_vram_total: memoryBytes,
        torch_vram_free: memoryBytes / 2,
      },
    ],
  }
}
