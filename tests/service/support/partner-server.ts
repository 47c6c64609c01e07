import { listen } from './listen.ts'

interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Headers
  readonly body: string
}

export interface PartnerServer {
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** What the next calls are answered with, and questions about them. */
  answer: (request: ReceivedRequest) => Response | Promise<Response>
  close(): Promise<void>
}

/** A partner that answers as the test wants. */
export async function startPartnerServer(): Promise<PartnerServer> {
  const server: PartnerServer = {
    ...(await listen(async (request) => {
      const { pathname: path, searchParams: query } = new URL(request.url)
      const { method, headers } = request
      const received = { method, path, query, headers, body: await request.text() }
      server.requests.push(received)
      return server.answer(received)
    })),
    requests: [],
    answer: () => Response.json({ id: 'job1', status: 'succeeded' }),
  }
  return server
}
