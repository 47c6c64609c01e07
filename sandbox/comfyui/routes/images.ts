import { type Context, Hono } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import { z } from 'zod'
import { type ImageStore, imageFolders } from '../../nodes/image-store.ts'
import { readPicture } from '../../nodes/picture.ts'

const fileSchema = z.object({
  filename: z.string().min(1),
  subfolder: z.string().default(''),
  type: z.enum(imageFolders).default('output'),
})
const uploadSchema = z.object({
  image: z.instanceof(File),
  subfolder: z.string().default(''),
  type: z.enum(imageFolders).default('input'),
})

export function imageRoutes(images: ImageStore): Hono {
  const app = new Hono()
  app.get('/view', async (c) => {
    const query = fileSchema.safeParse(c.req.query())
    const bytes = query.success ? await images.read(query.data) : null
    if (!query.success || !bytes) return c.json({ error: 'no such file' }, 404)
    return c.body(new Uint8Array(bytes), 200, {
      'Content-Type': getMimeType(query.data.filename) ?? 'application/octet-stream',
      'Content-Disposition': `inline; filename="${encodeURIComponent(query.data.filename)}"`,
      // Stored files come from partners and uploads, so none is ever served as a page.
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': 'sandbox',
    })
  })
  app.post('/upload/image', async (c) => await upload(c, images))
  return app
}

async function upload(c: Context, images: ImageStore) {
  const form = uploadSchema.safeParse(await c.req.parseBody())
  if (!form.success) return c.json({ error: z.prettifyError(form.error) }, 400)
  const { image, subfolder, type } = form.data
  const bytes = Buffer.from(await image.arrayBuffer())
  try {
    readPicture(bytes, image.name)
  } catch (error) {
    return c.json({ error: error instanceof Error ? error.message : String(error) }, 400)
  }
  const stored = await images.write({ filename: image.name, subfolder, type }, bytes)
  if (!stored) return c.json({ error: 'the name leads out of the folder' }, 400)
  return c.json({ name: stored.filename, subfolder, type })
}
