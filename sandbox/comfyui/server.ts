import { rm } from 'node:fs/promises'
import { Server } from 'node:http'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { z } from 'zod'
import { nodeCatalog } from '../nodes/catalog.ts'
import { createImageStore } from '../nodes/image-store.ts'
import type { ComfyUIConfig } from './config.ts'
import { OutputCache } from './executor/cache.ts'
import { type Workshop, executeJob } from './executor/execute.ts'
import { PromptQueue } from './queue.ts'
import { imageRoutes } from './routes/images.ts'
import { jobRoutes } from './routes/jobs.ts'
import { nodeRoutes } from './routes/nodes.ts'
import { promptRoutes } from './routes/prompt.ts'
import { queueRoutes } from './routes/queue.ts'
import { settingsRoutes } from './routes/settings.ts'
import { serverFeatures, systemRoutes } from './routes/system.ts'
import { userdataRoutes } from './routes/userdata.ts'
import { provideSampleInput } from './sample-input.ts'
import { openSettings } from './settings.ts'
import { createSocketHub } from './socket.ts'
import { fileRoutes } from './static.ts'
import { openUserData } from './userdata.ts'

/** At once, after the run has begun, after its first price: see `answerDelaysMs`. */
const ANSWER_DELAYS_MS = [0, 60, 700]
const POLL_EVERY_MS = 1000
const RETRY_AFTER_MS = 1000
const LONGEST_RETRY_MS = 16_000
const MAX_BODY_BYTES = 110_000_000

export interface RunningComfyUI {
  /** Without a trailing slash. */
  readonly url: string
  close(): Promise<void>
}

/** Starts a ComfyUI for the real frontend: same routes, same websocket, our own nodes. */
export async function startComfyUI(config: ComfyUIConfig): Promise<RunningComfyUI> {
  const images = createImageStore(config.dataDir)
  // ComfyUI also starts with an empty temp folder.
  await rm(join(config.dataDir, 'temp'), { recursive: true, force: true })
  await provideSampleInput(images)
  const workshop: Workshop = {
    catalog: nodeCatalog,
    cache: new OutputCache(),
    images,
    gateway: {
      baseUrl: config.creditsUrl,
      pollEveryMs: config.pollEveryMs ?? POLL_EVERY_MS,
      retryAfterMs: config.retryAfterMs ?? RETRY_AFTER_MS,
      longestRetryMs: LONGEST_RETRY_MS,
    },
  }
  const { queue, hub } = createRunMachinery(workshop, config)
  const app = await createApp(config, workshop, queue)
  const { server, port } = await listen(app, config)
  hub.attach(server)
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      hub.close()
      await queue.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

/** The queue and the sockets, connected to each other. */
function createRunMachinery(workshop: Workshop, config: ComfyUIConfig) {
  const status = () => ({ exec_info: { queue_remaining: queue.remaining } })
  const queue: PromptQueue = new PromptQueue({
    execute: (job, sink, signal) => executeJob(job, workshop, sink, signal),
    send: (clientId, event) => hub.sendTo(clientId, event),
    broadcastText: (nodeId, text) => hub.broadcastText(nodeId, text),
    statusChanged: () => hub.broadcast({ type: 'status', data: { status: status() } }),
    log: config.log,
  })
  const hub = createSocketHub({
    features: serverFeatures,
    status,
    welcome(clientId) {
      const node = queue.nodeRunningFor(clientId)
      return node === null ? [] : [{ type: 'executing', data: { node } }]
    },
  })
  return { queue, hub }
}

async function createApp(
  config: ComfyUIConfig,
  workshop: Workshop,
  queue: PromptQueue,
): Promise<Hono> {
  const settings = await openSettings(config.dataDir, config.frontendVersion)
  const userdata = await openUserData(join(config.dataDir, 'userdata'))
  const api = new Hono()
  for (const routes of [
    systemRoutes(config),
    settingsRoutes(settings),
    userdataRoutes(userdata),
    nodeRoutes(workshop.catalog, workshop.images),
    imageRoutes(workshop.images),
    promptRoutes(queue, workshop, config.answerDelaysMs ?? ANSWER_DELAYS_MS),
    queueRoutes(queue),
    jobRoutes(queue),
  ]) {
    api.route('/', routes)
  }
  const app = new Hono()
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES }))
  app.route('/api', api)
  app.route('/', api)
  app.route('/', await fileRoutes(config))
  app.notFound((c) => c.json({ error: 'not found' }, 404))
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status)
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 400)
    config.log.error({ err: error, path: c.req.path }, 'request failed')
    return c.json({ error: 'internal error' }, 500)
  })
  return app
}

function listen(app: Hono, config: ComfyUIConfig): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port: config.port, hostname: config.bind }, (info) => {
      if (server instanceof Server) resolve({ server, port: info.port })
    })
    server.once('error', reject)
  })
}
