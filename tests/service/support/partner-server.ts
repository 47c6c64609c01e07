import { listen } from './listen.ts'

interface ReceivedRequest {
  readonly path: string
  readonly headers: Headers
  readonly body: string
}

export interface PartnerServer {
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** What the next calls are answered with. */
  answer: () => Response | Promise<Response>
  close(): Promise<void>
}

/** A partner that answers as the test wants. */
export async function startPartnerServer(): Promise<PartnerServer> {
  const server: PartnerServer = {
    ...(await listen(async (request) => {
      const { pathname } = new URL(request.url)
      server.requests.push({ path: pathname, headers: request.headers, body: await request.text() })
      return server.answer()
    })),
    requests: [],
    answer: () => Response.json({ id: 'job1', status: 'succeeded' }),
  }
  return server
}
