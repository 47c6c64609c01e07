import { Hono } from 'hono'
import { z } from 'zod'
import { jsonBody } from '../json-body.ts'
import { type SettingsStore, settingsSchema } from '../settings.ts'

export function settingsRoutes(settings: SettingsStore): Hono {
  const app = new Hono()
  app.get('/settings', (c) => c.json(settings.all()))
  app.post('/settings', async (c) => {
    await settings.set(await jsonBody(c, settingsSchema))
    return c.json({})
  })
  app.get('/settings/:id', (c) => c.json(settings.all()[c.req.param('id')] ?? null))
  app.post('/settings/:id', async (c) => {
    await settings.set({ [c.req.param('id')]: await jsonBody(c, z.unknown()) })
    return c.json({})
  })
  return app
}
