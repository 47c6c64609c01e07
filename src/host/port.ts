/**
 * What the extension needs of the page it lives in. ComfyUI's adapter is the only code that knows
 * ComfyUI; the development page and the component tests bring hosts of their own.
 */

/** Who is logged in. `id` is stable for a user and a login method, and keys all that is kept. */
export interface Account {
  readonly id: string
  readonly login: 'token' | 'api-key'
}

/** Exactly one of the two headers, for the API's own origin only. */
export type AuthHeaders = { readonly Authorization: string } | { readonly 'X-API-KEY': string }

/** An event of ComfyUI's run machinery as it came, unparsed; `at` is epoch milliseconds. */
export interface RawRunEvent {
  readonly type: string
  readonly detail: unknown
  readonly at: number
}

export interface ToastMessage {
  readonly severity: 'success' | 'info' | 'warn' | 'error'
  readonly summary: string
  readonly detail?: string
}

export interface GraphNode {
  readonly id: string
  readonly type: string
  readonly title: string
}

export type Unsubscribe = () => void

/** Optional members are null where the host's version has no such thing; the feature then hides. */
export interface Host {
  /** The login of now, null when logged out. */
  account(): Account | null
  /** Called on login, logout and change of user; not for the state at subscription. */
  onAccountChange(listener: (account: Account | null) => void): Unsubscribe
  /** Fresh credentials for the account of now, or null when there are none. */
  authHeaders(): Promise<AuthHeaders | null>
  /** Origin (and path) of the credits API, without a trailing slash. */
  readonly apiBase: string
  /** BCP 47, as the host's interface is shown. */
  locale(): string
  onLocaleChange(listener: (locale: string) => void): Unsubscribe
  /** Run events of this tab, from the moment of subscription; what came before is replayed. */
  onRunEvent(listener: (event: RawRunEvent) => void): Unsubscribe
  /** Title and type of a node of the open workflow; null when unknown. */
  describeNode(nodeId: string): GraphNode | null
  /** Name of the open workflow; null when it has none. */
  workflowName(): string | null
  /** The page a payment may return to, on the host's own origin; null when there is none. */
  readonly returnUrl: string | null
  readonly toast: ((message: ToastMessage) => void) | null
}
