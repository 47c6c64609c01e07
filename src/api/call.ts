import axios, { type AxiosRequestConfig, type AxiosResponse } from 'axios'
import type * as z from 'zod/mini'
import type { Endpoint } from '@comfyui-credits/contract/endpoints'
import type { AuthHeaders, FreshOptions } from '../host/port.ts'
import { wasBlocked, watchBlockedRequests } from './blocked.ts'
import { checkClockByAnswer, checkClockByToken, readDate } from './clock.ts'
import { apiErrorFrom, textHeader } from './errors.ts'
import { noteError } from './recent-errors.ts'
import { ApiError, type AnswerTime, type Call, type Caller, type CallInput } from './port.ts'

const TIMEOUT_MS = 20_000

type Answered = (time: AnswerTime) => void

export function createCall(caller: Caller, answered?: Answered): Call {
  watchBlockedRequests()
  const call: Call = async (endpoint, input = {}) => {
    const data = await ask(caller, endpoint, input, answered)
    const parsed = endpoint.response.safeParse(data)
    if (!parsed.success) {
      throw new ApiError(
        'unreadable',
        `The answer to ${endpoint.method} ${endpoint.path} does not fit the contract`,
        {},
        { cause: parsed.error },
      )
    }
    // Safe: `response` is the schema of this very endpoint, a link TypeScript loses over a generic.
    return parsed.data as z.infer<(typeof endpoint)['response']>
  }
  return (endpoint, input) =>
    call(endpoint, input).catch((error: unknown) => {
      noteError(endpoint, error)
      throw error
    })
}

async function ask(
  caller: Caller,
  { method, path }: Endpoint,
  input: CallInput,
  answered?: Answered,
): Promise<unknown> {
  let sentAt = 0
  const { data, headers } = await sendAs(caller, (auth) => {
    sentAt = performance.now()
    return requestOf(auth)
  })
  const date = readDate(textHeader(headers, 'Date'))
  if (date !== null) answered?.({ base: caller.base, date, tookMs: performance.now() - sentAt })
  return data

  function requestOf(auth: AuthHeaders): Outgoing {
    return {
      method,
      url: caller.base + fillPath(path, input.pathParameters ?? {}),
      headers: { ...auth, ...input.headers },
      timeout: TIMEOUT_MS,
      ...(input.query === undefined ? {} : { params: input.query }),
      ...(input.body === undefined ? {} : { data: input.body }),
      ...(input.signal === undefined ? {} : { signal: input.signal }),
    }
  }
}

/** `request` makes it of the credentials: of fresh ones again, when the first were refused. */
export async function sendAs(
  caller: Caller,
  request: (auth: AuthHeaders) => Outgoing,
): Promise<AxiosResponse<unknown>> {
  const auth = await credentials(caller, {})
  const response = await send(request(auth)).catch(async (error: unknown) => {
    // A token can run out between the question and the service; a refused call has done nothing.
    // A key stays what it is.
    const refused = error instanceof ApiError && error.code === 'unauthorized'
    if (!refused || 'X-API-KEY' in auth) throw error
    return send(request(await credentials(caller, { renew: true })))
  })
  refuseIfChanged(caller)
  return response
}

/** The host asks the network for them, and fails as the network does. */
async function credentials(caller: Caller, fresh: FreshOptions): Promise<AuthHeaders> {
  refuseIfChanged(caller)
  const auth = await caller.authHeaders(fresh).catch((error: unknown) => {
    throw new ApiError('offline', 'The host could not get credentials', {}, { cause: error })
  })
  refuseIfChanged(caller)
  const shown = auth ?? (await caller.loginHeaders?.().catch(() => null)) ?? null
  if (shown !== null) checkClockByToken(shown)
  if (auth === null) throw new ApiError('logged-out', 'There is no login to ask with')
  return auth
}

/**
 * The login may change between question and answer: one billing account's figures never reach
 * another.
 */
function refuseIfChanged({ isCurrent }: Caller): void {
  if (!isCurrent()) throw new ApiError('cancelled', 'The login or the billing account has changed')
}

type Outgoing = AxiosRequestConfig & { readonly url: string }

async function send(request: Outgoing): Promise<AxiosResponse<unknown>> {
  try {
    return await axios.request<unknown>({
      ...request,
      adapter: 'fetch',
      // The token goes to the API's own origin: no redirect is followed with it, no cookie is sent.
      fetchOptions: { redirect: 'error' },
      withCredentials: false,
      withXSRFToken: false,
      headers: {
        ...request.headers,
        // axios would name itself here, and an unknown header fails the real API's preflight.
        'User-Agent': false,
      },
    })
  } catch (error) {
    const failure = apiErrorFrom(error)
    if (failure.code === 'unauthorized') checkClockByAnswer(failure.details.date)
    // To script a blocked request looks like any other that got no answer.
    if (failure.code === 'offline' && (await wasBlocked(request.url))) {
      throw new ApiError('blocked', "The page's policy forbids to ask the credits API")
    }
    throw failure
  }
}

function fillPath(path: string, parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters).reduce(
    (filled, [name, value]) => filled.replace(`:${name}`, () => encodeURIComponent(value)),
    path,
  )
}
