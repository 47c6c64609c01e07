import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError, type ApiErrorCode } from '../../../src/api/port.ts'
import { followChanges, type OpenStream } from '../../../src/billing-account/follow-changes.ts'

const OPEN = 'event: open\ndata: \n\n'
const CHANGED = 'event: changed\ndata: \n\n'
const BEAT = ': beat\n\n'
const SECOND = 1000
const MINUTE = 60 * SECOND

/** One answer of the service, as long as it goes on. */
class Line {
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null
  readonly body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      this.controller = controller
    },
  })
  constructor(readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.cut())
  }
  say(text: string): void {
    this.bytes(new TextEncoder().encode(text))
  }
  bytes(bytes: Uint8Array): void {
    this.controller?.enqueue(bytes)
  }
  end(): void {
    this.controller?.close()
  }
  cut(): void {
    this.controller?.error(new TypeError('network error'))
  }
}

/** A service that is asked for streams; `answers` come first: a refusal, or silence. */
function service(...answers: (ApiError | 'silence')[]) {
  const lines: Line[] = []
  const heard: string[] = []
  const leaving = new AbortController()
  let asked = 0
  const open: OpenStream = async (_path, signal) => {
    asked += 1
    const answer = answers.shift()
    if (answer instanceof ApiError) return answer
    if (answer === 'silence') {
      return new Promise((resolve) => {
        const gone = new ApiError('cancelled', 'The request was cancelled')
        signal.addEventListener('abort', () => resolve(gone))
      })
    }
    const line = new Line(signal)
    lines.push(line)
    return line.body
  }
  const end = followChanges(
    'customer',
    open,
    {
      opened: () => heard.push('opened'),
      changed: () => heard.push('changed'),
      closed: () => heard.push('closed'),
    },
    leaving.signal,
  )
  const line = (): Line => {
    const last = lines.at(-1)
    if (!last) throw new Error('Nobody has asked yet.')
    return last
  }
  return { line, heard, end, leave: () => leaving.abort(), asked: () => asked }
}

const refusal = (code: ApiErrorCode, details: ApiError['details'] = {}) =>
  new ApiError(code, code, details)
const after = (ms: number) => vi.advanceTimersByTimeAsync(ms)

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(Math, 'random').mockReturnValue(1)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('what is heard of a stream', () => {
  it('is its opening and every change, and nothing of heartbeats and what is new to us', async () => {
    const { line, heard, leave } = service()
    await after(0)
    line().say(OPEN + BEAT + CHANGED + 'event: weather\ndata: fine\n\n' + CHANGED)
    await after(0)
    expect(heard).toEqual(['opened', 'changed', 'changed'])
    leave()
  })

  it('does not depend on where the network cuts it, nor on how lines end', async () => {
    const parts = fc.array(fc.constantFrom(OPEN, CHANGED, BEAT, ': größer\n\n'), { minLength: 1 })
    const ends = fc.constantFrom('\n', '\r\n', '\r')
    const cuts = fc.array(fc.nat(400))
    await fc.assert(
      fc.asyncProperty(parts, ends, cuts, async (messages, lineEnd, places) => {
        const { line, heard, leave } = service()
        await after(0)
        // A carriage return may be half of a line's end: only what follows says so.
        const text = `${messages.join('')}: last\n\n`.replaceAll('\n', lineEnd)
        const bytes = new TextEncoder().encode(text)
        const at = [0, ...places.filter((place) => place < bytes.length), bytes.length]
        at.sort((a, b) => a - b)
        for (const [index, place] of at.entries()) line().bytes(bytes.slice(at[index - 1], place))
        await after(0)
        leave()
        await after(0)
        const named = messages.flatMap((message) =>
          message === OPEN ? 'opened' : message === CHANGED ? 'changed' : [],
        )
        expect(heard).toEqual([...named, 'closed'])
      }),
      { numRuns: 60 },
    )
  })
})

describe('a stream that ends', () => {
  it('is opened again after a second, when it had lasted', async () => {
    const { line, heard, leave, asked } = service()
    await after(0)
    line().say(OPEN)
    for (let beats = 0; beats < 8; beats += 1) {
      await after(15 * SECOND)
      line().say(BEAT)
    }
    await after(0)
    line().end()
    await after(SECOND - 1)
    expect(asked()).toBe(1)
    expect(heard).toEqual(['opened', 'closed'])
    await after(1)
    expect(asked()).toBe(2)
    line().say(OPEN)
    await after(0)
    expect(heard).toEqual(['opened', 'closed', 'opened'])
    leave()
  })

  it('is opened ever more rarely, at last once a minute, when it ends at once', async () => {
    const { line, leave, asked } = service()
    await after(0)
    const waits: number[] = []
    for (let tries = 0; tries < 8; tries += 1) {
      const before = asked()
      line().say(OPEN)
      line().cut()
      let waited = 0
      while (asked() === before) {
        await after(SECOND)
        waited += 1
      }
      waits.push(waited)
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60])
    leave()
  })

  it('is not opened again by everybody at the same moment', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const { line, leave, asked } = service()
    await after(0)
    line().cut()
    await after(SECOND)
    expect(asked()).toBe(2)
    leave()
  })

  it('is opened again when it was silent for two heartbeats, and not before', async () => {
    const { line, heard, leave, asked } = service()
    await after(0)
    line().say(OPEN)
    await after(29 * SECOND)
    line().say(BEAT)
    await after(29 * SECOND)
    expect(heard).toEqual(['opened'])
    expect(line().signal.aborted).toBe(false)
    const dead = line()
    await after(SECOND)
    expect(dead.signal.aborted).toBe(true)
    expect(heard).toEqual(['opened', 'closed'])
    await after(2 * SECOND)
    expect(asked()).toBe(2)
    leave()
  })

  it('does not keep anybody waiting for an answer that never comes', async () => {
    const { leave, asked } = service('silence')
    await after(30 * SECOND)
    expect(asked()).toBe(1)
    await after(2 * SECOND)
    expect(asked()).toBe(2)
    leave()
  })
})

describe('a service that cannot be reached', () => {
  it('is asked again at once when the network is back', async () => {
    const { leave, asked } = service(refusal('offline'), refusal('offline'), refusal('offline'))
    await after(6 * SECOND)
    expect(asked()).toBe(3)
    window.dispatchEvent(new Event('online'))
    await after(0)
    expect(asked()).toBe(4)
    leave()
  })

  it('that says how long to wait is left alone for so long, whatever the network does', async () => {
    const { leave, asked } = service(refusal('rate-limited', { retryAfterSeconds: 90 }))
    await after(0)
    window.dispatchEvent(new Event('online'))
    await after(90 * SECOND - 1)
    expect(asked()).toBe(1)
    await after(1)
    expect(asked()).toBe(2)
    leave()
  })

  it.each<[string, ApiError]>([
    ['does not know it', refusal('not-found', { status: 404 })],
    ['does not know it otherwise', refusal('server', { status: 405 })],
    ['does not have it yet', refusal('server', { status: 501 })],
    ['answers with something else', refusal('unreadable')],
    ['may not be asked from this page', refusal('blocked')],
  ])('is not asked again when it %s', async (_why, why) => {
    const { end, asked } = service(why)
    expect(await end).toBe('absent')
    await after(10 * MINUTE)
    expect(asked()).toBe(1)
  })

  it.each<[string, ApiError]>([
    ['is broken', refusal('server', { status: 503 })],
    ['refuses the login', refusal('unauthorized', { status: 401 })],
    ['is met without credentials', refusal('logged-out')],
  ])('is asked again when it %s', async (_why, why) => {
    const { heard, line, leave } = service(why)
    await after(2 * SECOND)
    line().say(OPEN)
    await after(0)
    expect(heard).toEqual(['closed', 'opened'])
    leave()
  })
})

describe('the end of listening', () => {
  it('ends the stream with it', async () => {
    const { line, heard, end, leave } = service()
    await after(0)
    line().say(OPEN)
    await after(0)
    leave()
    expect(await end).toBe('ended')
    expect(line().signal.aborted).toBe(true)
    expect(heard).toEqual(['opened', 'closed'])
  })

  it('ends the waiting for another one', async () => {
    const { end, leave, asked } = service(refusal('offline'))
    await after(0)
    leave()
    expect(await end).toBe('ended')
    await after(10 * MINUTE)
    expect(asked()).toBe(1)
  })

  it('is there too when the billing account is no longer the one that pays', async () => {
    const { end } = service(refusal('cancelled'))
    expect(await end).toBe('ended')
  })

  it('is not held up by a body that does not end with its request', async () => {
    const leaving = new AbortController()
    const end = followChanges(
      'customer',
      () => Promise.resolve(new ReadableStream<Uint8Array>()),
      { opened: () => {}, changed: () => {}, closed: () => {} },
      leaving.signal,
    )
    await after(0)
    leaving.abort()
    expect(await end).toBe('ended')
  })
})
