import { ServiceError } from '../errors.ts'
import type { AppContext } from './app-env.ts'
import { bounded, gather } from './gather.ts'
import { JsonScan, type ScanFault } from './json-scan.ts'
import { decode, parseJson, type ArrivedJson } from './parse-json.ts'

/** The body as it was sent. Throws `bad-request` (413) beyond the limit, without reading on. */
export async function readText(c: AppContext, maxBytes: number): Promise<string> {
  return decode(await readBytes(c, maxBytes))
}

/** The body, parsed by `parseJson`: for small ones, as that holds the event loop. */
export async function readJson(c: AppContext, maxBytes: number): Promise<unknown> {
  return parseJson(await receiveJson(c, maxBytes))
}

/** Throws `bad-request` for what is too large (413), or has more levels or parts than may be. */
export async function receiveJson(c: AppContext, maxBytes: number): Promise<ArrivedJson> {
  const scan = new JsonScan()
  const bytes = await readBytes(c, maxBytes, (chunk) => {
    const fault = scan.feed(chunk)
    if (fault !== null) throw new ServiceError('bad-request', wordsOf[fault])
  })
  return { bytes, members: scan.members }
}

const wordsOf: Readonly<Record<ScanFault, string>> = {
  'too-deep': 'The body is nested too deeply.',
  'too-many-parts': 'The body has too many parts.',
}

async function readBytes(
  c: AppContext,
  maxBytes: number,
  onChunk: (chunk: Uint8Array) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const expected = Number(c.req.header('Content-Length') ?? 0)
  if (expected > maxBytes) throw tooLarge(maxBytes)
  const { body } = c.req.raw
  if (!body) return new Uint8Array()
  async function* checked(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
    const chunks = stream.values({ preventCancel: true })
    for await (const chunk of bounded(chunks, maxBytes, () => tooLarge(maxBytes))) {
      onChunk(chunk)
      yield chunk
    }
  }
  try {
    return await gather(checked(body), expected)
  } catch (error) {
    if (error instanceof ServiceError) throw error
    throw new ServiceError('bad-request', 'The body did not arrive whole.', { cause: error })
  }
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError('bad-request', `The body is larger than ${maxBytes} bytes.`, {
    status: 413,
  })
}
