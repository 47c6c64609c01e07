import { type Context, Hono } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import { z } from 'zod'
import type { UserData, UserFile, WriteResult } from '../userdata.ts'

const flag = z
  .string()
  .optional()
  .transform((value) => value?.toLowerCase() === 'true')
const listQuery = z.object({
  dir: z.string().default(''),
  recurse: flag,
  full_info: flag,
  split: flag,
})
const STATUS = { forbidden: 403, exists: 409, absent: 404 } as const

export function userdataRoutes(userdata: UserData): Hono {
  const app = new Hono()

  app.get('/userdata', async (c) => {
    const query = listQuery.parse(c.req.query())
    const files = await userdata.list(query.dir, query.recurse)
    if (!files) return c.json({ error: 'no such folder' }, 404)
    return c.json(files.map((file) => listed(file, query)))
  })
  app.get('/userdata/:file', async (c) => {
    const name = c.req.param('file')
    const bytes = await userdata.read(name)
    if (!bytes) return c.json({ error: 'no such file' }, 404)
    return c.body(new Uint8Array(bytes), 200, {
      'Content-Type': getMimeType(name) ?? 'application/octet-stream',
      'Cache-Control': 'no-cache',
    })
  })
  app.post('/userdata/:file', async (c) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    const overwrite = c.req.query('overwrite') !== 'false'
    return answer(c, await userdata.write(c.req.param('file'), bytes, overwrite))
  })
  app.post('/userdata/:file/move/:target', async (c) => {
    const overwrite = c.req.query('overwrite') !== 'false'
    const { file, target } = c.req.param()
    return answer(c, await userdata.move(file, target, overwrite))
  })
  app.delete('/userdata/:file', async (c) => {
    const removed = await userdata.remove(c.req.param('file'))
    return removed ? c.body(null, 204) : c.json({ error: 'no such file' }, 404)
  })
  return app
}

function listed(file: UserFile, query: z.infer<typeof listQuery>) {
  if (query.full_info) return file
  return query.split ? [file.path, ...file.path.split('/')] : file.path
}

function answer(c: Context, result: WriteResult) {
  if ('problem' in result) return c.json({ error: result.problem }, STATUS[result.problem])
  return c.json(c.req.query('full_info') === 'true' ? result.file : result.file.path)
}
