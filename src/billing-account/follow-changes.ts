import { createParser } from 'eventsource-parser'
import {
  balanceStreamPaths,
  STREAM_HEARTBEAT_MS,
  streamEvents,
} from '@comfyui-credits/contract/balance-stream'
import type { ApiError, ChangesListener } from '../api/port.ts'

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000
/** The service says something at every heartbeat: a line that is silent for so long is dead. */
const DEAD_AFTER_MS = 2 * STREAM_HEARTBEAT_MS

/** Opens a stream, or says why there is none. */
export type OpenStream = (
  path: string,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array> | ApiError>

/**
 * Follows the changes of a balance, one stream after the other, until `signal` ends it. Resolves to
 * `absent` when there is none to be had from this service; never rejects for what a service or the
 * network does. What it needs of the rest is given to it, so that it is loaded by itself.
 */
export async function followChanges(
  whose: keyof typeof balanceStreamPaths,
  openStream: OpenStream,
  listener: ChangesListener,
  signal: AbortSignal,
): Promise<'ended' | 'absent'> {
  const open = (life: AbortSignal) => openStream(balanceStreamPaths[whose], life)
  let failures = 0
  while (!signal.aborted) {
    const startedAt = performance.now()
    const failure = await followOne(open, listener, signal)
    if (signal.aborted || failure?.code === 'cancelled') break
    if (failure && isFinal(failure)) return 'absent'
    // One that is cut off again and again must not be opened as often as it can be.
    const lasted = failure === null && performance.now() - startedAt > LONGEST_WAIT_MS
    failures = lasted ? 0 : failures + 1
    await pause(waitAfter(failures), failure?.details.retryAfterSeconds, signal)
  }
  return 'ended'
}

/** No such address or method, an answer that is none, or a page that may not ask. */
function isFinal({ code, details }: ApiError): boolean {
  const { status = 0 } = details
  return code === 'unreadable' || code === 'blocked' || [404, 405, 501].includes(status)
}

/** One stream, from its opening to its end. Resolves to why there was none; else null. */
async function followOne(
  open: (life: AbortSignal) => ReturnType<OpenStream>,
  listener: ChangesListener,
  signal: AbortSignal,
): Promise<ApiError | null> {
  const life = new AbortController()
  const end = (): void => life.abort()
  signal.addEventListener('abort', end)
  let watchdog = setTimeout(end, DEAD_AFTER_MS)
  try {
    const stream = await open(life.signal)
    // Ended by the watchdog, it is a service that did not answer.
    if (!('getReader' in stream)) return life.signal.aborted && !signal.aborted ? null : stream
    const read = reading(stream, life.signal)
    const hear = hearing(listener)
    for (let bytes = await read(); bytes !== null; bytes = await read()) {
      clearTimeout(watchdog)
      watchdog = setTimeout(end, DEAD_AFTER_MS)
      hear(bytes)
    }
    return null
  } finally {
    clearTimeout(watchdog)
    signal.removeEventListener('abort', end)
    // Also lets go of an answer that nobody has read.
    end()
    listener.closed()
  }
}

const nothing = (): null => null

/** What comes, and null at the end, also of a broken stream: the next one shows what is wrong. */
function reading(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): () => Promise<Uint8Array | null> {
  const reader = stream.getReader()
  // Does not leave it to the fetch that its body ends with it: where one is played, it may not.
  signal.addEventListener('abort', () => void reader.cancel().catch(nothing))
  return () => reader.read().then(({ value }) => (signal.aborted ? null : (value ?? null)), nothing)
}

function hearing({ opened, changed }: ChangesListener): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder()
  const parser = createParser({
    onEvent({ event }) {
      if (event === streamEvents.open) opened()
      else if (event === streamEvents.changed) changed()
    },
  })
  return (bytes) => parser.feed(decoder.decode(bytes, { stream: true }))
}

/** Milliseconds; by chance, so that all who lost the same service do not come back at once. */
function waitAfter(failures: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
  return longest / 2 + (Math.random() * longest) / 2
}

/** Cut short when the network is back, but not where the service has said how long to wait. */
function pause(ms: number, retryAfterSeconds: number | undefined, signal: AbortSignal) {
  return new Promise<void>((resolve) => {
    const over = (): void => {
      clearTimeout(timer)
      window.removeEventListener('online', over)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, Math.max(ms, 1000 * (retryAfterSeconds ?? 0)))
    signal.addEventListener('abort', over)
    if (retryAfterSeconds === undefined) window.addEventListener('online', over)
  })
}
