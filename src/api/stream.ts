import { noteError } from './recent-errors.ts'
import { sendAs } from './call.ts'
import { ApiError, type ApiErrorCode, type Caller } from './port.ts'

const EVENT_STREAM = 'text/event-stream'

/** Of those whose stream cannot be opened: how it failed last. */
const failing = new WeakMap<Caller, ApiErrorCode>()

/**
 * Opens a stream of server-sent events: its bytes, until `signal` ends it, or why there is none
 * (`unreadable`: what came is something else). An EventSource could not carry the credentials.
 */
export async function openStream(
  caller: Caller,
  path: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array> | ApiError> {
  try {
    const stream = await open(caller, path, signal)
    failing.delete(caller)
    return stream
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    // It is tried again and again: that it still fails would only hide what else went wrong.
    if (error.code !== failing.get(caller)) noteError({ method: 'GET', path }, error)
    if (error.code !== 'cancelled') failing.set(caller, error.code)
    return error
  }
}

async function open(
  caller: Caller,
  path: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  // Without a limit of time: how long it may be silent its reader knows.
  const { data, headers } = await sendAs(caller, (auth) => ({
    method: 'GET',
    url: caller.base + path,
    headers: { ...auth, Accept: EVENT_STREAM },
    responseType: 'stream',
    signal,
  }))
  const type: unknown = headers['content-type']
  if (data instanceof ReadableStream && String(type).startsWith(EVENT_STREAM)) return data
  throw new ApiError('unreadable', `The answer to GET ${path} is no stream of events`)
}
