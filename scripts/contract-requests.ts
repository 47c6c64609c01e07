import { customerEndpoints, type Endpoint } from '@comfyui-credits/contract/endpoints'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { differences, type Difference } from './contract-compare.ts'

export interface LiveApi {
  /** Addresses of the two APIs, without a trailing slash. */
  readonly apiBase: string
  readonly cloudBase: string
  readonly key: string
}

/** The result of one request. */
export type Outcome = { readonly request: string } & Result

type Result =
  | { readonly kind: 'compared'; readonly differences: readonly Difference[] }
  /** Normal for some accounts. */
  | { readonly kind: 'not for this key'; readonly reason: string }
  /** Against the contract. */
  | { readonly kind: 'no answer'; readonly reason: string }
  /** The other requests to this address were not sent. */
  | { readonly kind: 'gave up'; readonly reason: string }

/** The account's newest events, as many as the panel requests. */
const NEWEST = '?page=1&limit=50'

/** Every GET request that needs only a key, and no id of a payment. */
const customerRequests = [
  [customerEndpoints.balance, ''],
  [customerEndpoints.events, NEWEST],
  [customerEndpoints.subscriptionStatus, ''],
] as const
const workspaceRequests = [
  [workspaceEndpoints.currentWorkspace, ''],
  [workspaceEndpoints.members, ''],
  [workspaceEndpoints.status, ''],
  [workspaceEndpoints.balance, ''],
  [workspaceEndpoints.capabilities, ''],
  [workspaceEndpoints.plans, ''],
  [workspaceEndpoints.events, NEWEST],
  [workspaceEndpoints.paymentMethods, ''],
] as const

const TIMEOUT_MS = 20_000

/** Sends every request to both APIs, and compares the answers with the contract. */
export async function checkContract(api: LiveApi): Promise<readonly Outcome[]> {
  return [
    ...(await requestAll(api, api.apiBase, customerRequests)),
    ...(await requestAll(api, api.cloudBase, workspaceRequests)),
  ]
}

async function requestAll(
  api: LiveApi,
  base: string,
  requests: readonly (readonly [Endpoint, string])[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [endpoint, query] of requests) {
    const answer = await send(api, base + endpoint.path + query)
    const result = typeof answer === 'string' ? gaveUp(answer) : read(endpoint, answer)
    outcomes.push({ request: `GET ${base}${endpoint.path}`, ...result })
    if (result.kind === 'gave up') break
  }
  return outcomes
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** Resolves to the reason if there is no answer. */
async function send(api: LiveApi, url: string): Promise<Answer | string> {
  try {
    const response = await fetch(url, {
      headers: { 'X-API-KEY': api.key },
      // The key must reach no other address than the given one.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    return `no answer (${reasonOf(error)})`
  }
}

function gaveUp(reason: string): Result {
  return { kind: 'gave up', reason: `${reason}; no other request was sent there` }
}

function read(endpoint: Endpoint, { status, text }: Answer): Result {
  if (status === 401) return gaveUp('the key was not accepted (401)')
  if (status === 403) return { kind: 'not for this key', reason: 'it may not request this (403)' }
  if (status === 404 && endpoint === customerEndpoints.balance) {
    return { kind: 'not for this key', reason: 'a new customer (404)' }
  }
  if (status !== 200) return { kind: 'no answer', reason: `refused (${status})` }
  const json = parseJson(text)
  return json === undefined
    ? { kind: 'no answer', reason: 'the response is not JSON' }
    : { kind: 'compared', differences: differences(endpoint.response, json) }
}

/** Undefined, which JSON does not have, if it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Node's fetch says `fetch failed`, and has the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `within ${TIMEOUT_MS / 1000} s`
  const { cause } = error
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message
  return error.message
}
