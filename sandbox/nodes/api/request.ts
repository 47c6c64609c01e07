import { setTimeout as wait } from 'node:timers/promises'
import { NodeError } from '../errors.ts'
import type { NodeContext } from '../types.ts'
import { cancelledError, refusalError } from './refusal.ts'

/** How often ComfyUI's API nodes try before they give up. */
const RATE_LIMIT_TRIES = 17
const SERVER_ERROR_TRIES = 4

export interface Answer {
  readonly body: unknown
  /** What the call cost, where the service says so. */
  readonly credits: number | null
}

interface Attempt {
  readonly response: Response | null
  readonly body: unknown
}

/**
 * One call through the credits service, with ComfyUI's retries: 429 up to 17 tries, 5xx and no
 * answer up to 4; everything else is final at once. `beforeTry` runs before each try.
 * Throws a NodeError in ComfyUI's words.
 */
export async function request(
  context: NodeContext,
  call: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown },
  beforeTry: () => void = () => {},
): Promise<Answer> {
  const tries = { rateLimit: 0, serverError: 0 }
  for (;;) {
    beforeTry()
    const { response, body } = await attempt(context, call)
    if (response?.ok) return { body, credits: creditsUsed(response) }
    const kind = response?.status === 429 ? 'rateLimit' : 'serverError'
    const mayRetry = response === null || response.status === 429 || response.status >= 500
    tries[kind] += 1
    const limit = kind === 'rateLimit' ? RATE_LIMIT_TRIES : SERVER_ERROR_TRIES
    if (!mayRetry || tries[kind] >= limit) throw finalError(response, body)
    await pause(context, tries[kind], response?.headers.get('Retry-After') ?? null)
  }
}

async function attempt(
  context: NodeContext,
  call: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown },
): Promise<Attempt> {
  try {
    const response = await fetch(`${context.gateway.baseUrl}/proxy${call.path}`, {
      method: call.method,
      headers: headersFor(context, call.body !== undefined),
      signal: context.signal,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
    return { response, body: parsed(await response.text()) }
  } catch {
    if (context.signal.aborted) throw cancelledError()
    // fetch rejects only when no answer came; that is retried like a failing server.
    return { response: null, body: null }
  }
}

function headersFor(context: NodeContext, hasBody: boolean): Record<string, string> {
  const { token, apiKey } = context.account
  return {
    ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    ...(token === null && apiKey !== null ? { 'X-API-KEY': apiKey } : {}),
    ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
    'Comfy-Job-Id': context.promptId,
    'Comfy-Node-Type': context.classType,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the callers' schemas refuse it, and errors fall back to the status.
    return null
  }
}

function creditsUsed(response: Response): number | null {
  const header = response.headers.get('X-Comfy-Credits-Used')
  const credits = header === null || header.trim() === '' ? Number.NaN : Number(header)
  return Number.isFinite(credits) ? credits : null
}

function finalError(response: Response | null, body: unknown): NodeError {
  if (response) return refusalError(response.status, body)
  return new NodeError('API Error: the credits service does not answer.')
}

async function pause(context: NodeContext, tries: number, retryAfter: string | null) {
  const { retryAfterMs, longestRetryMs } = context.gateway
  const asked = retryAfter === null ? Number.NaN : Number(retryAfter) * 1000
  const delay = Number.isFinite(asked) ? asked : retryAfterMs * 2 ** (tries - 1)
  try {
    await wait(Math.min(delay, longestRetryMs), undefined, { signal: context.signal })
  } catch {
    // The wait can only be ended by its signal.
    throw cancelledError()
  }
}
