import { Hono } from 'hono'
import { listen } from './listen.ts'

export interface PartnerServer {
  readonly url: string
  readonly requests: Request[]
  /** What the next calls are answered with. */
  answer: (request: Request) => Response | Promise<Response>
  close(): Promise<void>
}

/** A partner that says what the test tells it to. */
export async function startPartnerServer(): Promise<PartnerServer> {
  const app = new Hono().all('*', (c) => {
    server.requests.push(c.req.raw.clone() as Request)
    return server.answer(c.req.raw)
  })
  const server: PartnerServer = {
    ...(await listen(app.fetch)),
    requests: [],
    answer: () => Response.json({ id: 'job1', status: 'succeeded' }),
  }
  return server
}
