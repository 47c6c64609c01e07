import { Hono } from 'hono'
import type { NodeCatalog } from '../../nodes/catalog.ts'
import type { ImageStore } from '../../nodes/image-store.ts'
import { objectInfo } from '../../nodes/object-info.ts'

export function nodeRoutes(catalog: NodeCatalog, images: ImageStore): Hono {
  const app = new Hono()
  app.get('/object_info', async (c) => {
    const infos = await Promise.all([...catalog.values()].map((node) => objectInfo(node, images)))
    return c.json(Object.fromEntries(infos.map((info) => [info.name, info])))
  })
  app.get('/object_info/:name', async (c) => {
    const node = catalog.get(c.req.param('name'))
    return c.json(node ? { [node.face.name]: await objectInfo(node, images) } : {})
  })
  return app
}
