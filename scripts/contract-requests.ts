import { customerEndpoints, type Endpoint } from '../contract/endpoints.ts'
import { workspaceEndpoints } from '../contract/workspace.ts'
import { differences, type Difference } from './contract-compare.ts'

export interface LiveApi {
  /** Addresses of the two APIs, without a trailing slash. */
  readonly apiBase: string
  readonly cloudBase: string
  readonly key: string
}

/** What came of one question. */
export type Outcome = { readonly question: string } & Answer

type Answer =
  | { readonly kind: 'compared'; readonly differences: readonly Difference[] }
  /** An account may be so. */
  | { readonly kind: 'not for this key'; readonly why: string }
  /** The contract says otherwise. */
  | { readonly kind: 'not answered'; readonly why: string }
  /** Nothing else was asked at this address. */
  | { readonly kind: 'gave up'; readonly why: string }

/** The newest of the account, as many as the panel asks for. */
const NEWEST = '?page=1&limit=50'

/** All that can be asked with a key, by GET, and without the id of a payment. */
const customerQuestions = [
  [customerEndpoints.balance, ''],
  [customerEndpoints.events, NEWEST],
  [customerEndpoints.subscriptionStatus, ''],
] as const
const workspaceQuestions = [
  [workspaceEndpoints.currentWorkspace, ''],
  [workspaceEndpoints.members, ''],
  [workspaceEndpoints.status, ''],
  [workspaceEndpoints.balance, ''],
  [workspaceEndpoints.capabilities, ''],
  [workspaceEndpoints.plans, ''],
  [workspaceEndpoints.events, NEWEST],
  [workspaceEndpoints.paymentMethods, ''],
] as const

const PATIENCE_MS = 20_000

/** Asks both APIs all there is to ask, and compares. */
export async function checkContract(api: LiveApi): Promise<readonly Outcome[]> {
  return [
    ...(await askAll(api, api.apiBase, customerQuestions)),
    ...(await askAll(api, api.cloudBase, workspaceQuestions)),
  ]
}

async function askAll(
  api: LiveApi,
  base: string,
  questions: readonly (readonly [Endpoint, string])[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [endpoint, query] of questions) {
    const answered = await send(api, base + endpoint.path + query)
    const answer = typeof answered === 'string' ? gaveUp(answered) : read(endpoint, answered)
    outcomes.push({ question: `GET ${base}${endpoint.path}`, ...answer })
    if (answer.kind === 'gave up') break
  }
  return outcomes
}

interface Answered {
  readonly status: number
  readonly text: string
}

/** The reason, when there was no answer. */
async function send(api: LiveApi, url: string): Promise<Answered | string> {
  try {
    const response = await fetch(url, {
      headers: { 'X-API-KEY': api.key },
      // The key goes to the address that was given and to no other.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return { status: response.status, text: await response.text() }
  } catch (error) {
    return `no answer (${reasonOf(error)})`
  }
}

function gaveUp(why: string): Answer {
  return { kind: 'gave up', why: `${why}, nothing else was asked there` }
}

function read(endpoint: Endpoint, { status, text }: Answered): Answer {
  if (status === 401) return gaveUp('the key was not accepted (401)')
  if (status === 403) return { kind: 'not for this key', why: 'it may not ask that (403)' }
  if (status === 404 && endpoint === customerEndpoints.balance) {
    return { kind: 'not for this key', why: 'a new customer (404)' }
  }
  if (status !== 200) return { kind: 'not answered', why: `refused (${status})` }
  const answer = parseJson(text)
  return answer === undefined
    ? { kind: 'not answered', why: 'what came is no JSON' }
    : { kind: 'compared', differences: differences(endpoint.response, answer) }
}

/** Undefined, which JSON does not have, when it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Node's fetch hides it: `fetch failed`, and the reason is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `within ${PATIENCE_MS / 1000} s`
  const { cause } = error
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message
  return error.message
}
