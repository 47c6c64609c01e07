import { AxiosHeaders, isAxiosError, type AxiosResponse } from 'axios'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { readDate } from './clock.ts'
import { ApiError, type ApiErrorCode } from './port.ts'

const codeOfStatus: Readonly<Record<number, ApiErrorCode>> = {
  400: 'invalid',
  401: 'unauthorized',
  402: 'payment-required',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  422: 'invalid',
  429: 'rate-limited',
}

/**
 * What axios threw, as one of our codes. The axios error itself is not passed on as the cause: it
 * holds the request's headers, and with them the token.
 */
export function apiErrorFrom(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (!isAxiosError(error)) return new ApiError('offline', 'The request could not be sent')
  if (error.response) return refusal(error.response)
  switch (error.code) {
    case 'ERR_CANCELED':
      return new ApiError('cancelled', 'The request was cancelled')
    case 'ECONNABORTED':
    case 'ETIMEDOUT':
      return new ApiError('timeout', 'The credits API did not answer in time')
    default:
      return new ApiError('offline', 'The credits API could not be reached')
  }
}

/** The code for whatever a call threw; everything that is not an ApiError counts as unreadable. */
export function apiErrorCode(error: unknown): ApiErrorCode {
  return error instanceof ApiError ? error.code : 'unreadable'
}

function refusal(response: AxiosResponse<unknown>): ApiError {
  const body = apiErrorSchema.safeParse(response.data)
  const retryAfterSeconds = retryAfter(response.headers)
  const date = textHeader(response.headers, 'Date')
  return new ApiError(
    codeOfStatus[response.status] ?? 'server',
    `The credits API answered ${response.status}`,
    {
      status: response.status,
      ...(body.data?.code === undefined ? {} : { serverCode: body.data.code }),
      ...(body.data?.message === undefined ? {} : { serverMessage: body.data.message }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ...(date === undefined ? {} : { date }),
    },
  )
}

/** Nothing is held back for longer, whatever a service says. */
const MAX_RETRY_AFTER_SECONDS = 3600

/**
 * Seconds. A date is of the service's clock: it says something where the answer's own date can be
 * read, and nothing beside the browser's clock.
 */
function retryAfter(headers: AxiosResponse['headers']): number | undefined {
  const header = textHeader(headers, 'Retry-After')
  if (header === undefined) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : secondsUntil(header, headers)
  return seconds === null ? undefined : Math.min(seconds, MAX_RETRY_AFTER_SECONDS)
}

function secondsUntil(date: string, headers: AxiosResponse['headers']): number | null {
  const [until, now] = [readDate(date), readDate(textHeader(headers, 'Date'))]
  return until === null || now === null ? null : Math.max(0, (until - now) / 1000)
}

export function textHeader(headers: AxiosResponse['headers'], name: string): string | undefined {
  const header = headers instanceof AxiosHeaders ? headers.get(name) : undefined
  return typeof header === 'string' ? header : undefined
}
