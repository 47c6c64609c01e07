import type { WorkspaceType } from '@comfyui-credits/contract/members'

/**
 * What the extension needs of the page it lives in. ComfyUI's adapter is the only code that knows
 * ComfyUI; the development page and the component tests bring hosts of their own.
 */

/** Who is logged in. `id` is stable for a user and a login method; what is stored is stored by it. */
export interface Account {
  readonly id: string
  readonly login: 'token' | 'api-key'
}

/** Exactly one of the two headers, for the API's own origin only. */
export type AuthHeaders = { readonly Authorization: string } | { readonly 'X-API-KEY': string }

/** A workspace that the person is in. */
export interface Workspace {
  readonly id: string
  readonly name: string
  readonly type: WorkspaceType
  /** `owner`, `member`, or what later versions name. */
  readonly role: string
}

/**
 * What the host knows of who pays for the next run. `customer`: it has no workspaces, the person
 * pays. `unreachable`: it has given up asking, and its runs will go out without credentials.
 */
export type BillingContext =
  | { readonly state: 'customer' | 'loading' | 'unreachable' }
  | {
      readonly state: 'workspace'
      readonly workspace: Workspace
      /** One of the contract's `billingRails`, or a newer one; null while the host does not know. */
      readonly rail: string | null
    }

export interface FreshOptions {
  /** The last ones were refused: ask for new ones even where the host takes the old for good. */
  readonly renew?: boolean
}

/** An event of ComfyUI's run machinery as it came, unparsed; `at` is epoch milliseconds. */
export interface RawRunEvent {
  readonly type: string
  readonly detail: unknown
  readonly at: number
}

export interface ToastMessage {
  /** Of two messages with the same id the later one takes the place of the earlier. */
  readonly id?: string
  readonly severity: 'success' | 'info' | 'warn' | 'error'
  readonly summary: string
  readonly detail?: string
}

export interface GraphNode {
  readonly id: string
  readonly type: string
  readonly title: string
}

/** What is on the canvas, as the host gives it: unparsed, and written by anyone. */
export interface OpenWorkflow {
  /** As it would be saved now. */
  readonly workflow: unknown
  /** The server's description of a node type (`/object_info`); undefined if it has none. */
  nodeType(type: string): unknown
}

/** Workflows as the person has saved them; by the names that runs have. */
export interface SavedWorkflows {
  /** Whether there is one workflow of that name, and only one. */
  has(name: string): boolean
  /** Resolves to whether it is on the canvas now. */
  open(name: string): Promise<boolean>
}

/**
 * Where ComfyUI's server has a file that a run put out, in the three words that its `/view` takes.
 * Only this reference is stored, never what is in the file.
 */
export interface OutputFile {
  readonly filename: string
  /** Below the server's folder of that type; empty for that folder itself. */
  readonly subfolder: string
  readonly type: 'output' | 'temp'
}

/** Comfy's own address, or one that the server names. */
export type AddressKind = 'default' | 'own'

/** What a bug report needs to know about the host. It names nobody. */
export interface HostFacts {
  readonly frontendVersion: string | null
  readonly comfyuiVersion: string | null
  /** What we use of the host: where it was found, or why it was not. */
  readonly capabilities: Readonly<Record<string, string>>
  readonly addresses: Readonly<Record<'api' | 'cloud', AddressKind>>
}

/**
 * What a person may switch on and off: a badge in the top bar, a toast after each run, whether the
 * host's own ways to credits lead to the panel, pictures of what runs put out, the cost of the open
 * workflow beside the host's Run button, a question before a run that the credits do not cover.
 */
export type OptionName = 'badge' | 'toast' | 'takeOver' | 'thumbnails' | 'estimate' | 'guard'

/**
 * Stands around each call that queues runs: the host's Run, its auto-queue, other extensions. `call`
 * makes it; `given` is what `app.queuePrompt` was given, unparsed. Without a call it returns false.
 */
export type RunGate = (call: () => unknown, given: readonly unknown[]) => unknown

export type BarOption = 'badge' | 'estimate'

/** `hint` says in words what `label` is a figure of. */
export interface BarText {
  readonly label: string
  readonly hint: string
  /** A balance below zero, which stops partner nodes, or below what the workflow will cost. */
  readonly isNegative?: boolean
  /** Called with the button that was pressed; without it the panel opens. */
  readonly onPress?: (button: HTMLElement) => void
}

export type Unsubscribe = () => void

/** Optional members are null where the host's version has no such thing; the feature then hides. */
export interface Host {
  /** The current login; null when logged out. */
  account(): Account | null
  /** What the person who is logged in is called, for them to read; null where the host does not say. */
  personName(): string | null
  /** Called on login, logout and change of user; not for the state at subscription. */
  onAccountChange(listener: (account: Account | null) => void): Unsubscribe
  /** Fresh credentials of the current account; null when there are none. */
  authHeaders(options?: FreshOptions): Promise<AuthHeaders | null>
  /** Origin (and path) of the credits API, without a trailing slash. */
  readonly apiBase: string
  billingContext(): BillingContext
  /** Called when `billingContext` has become another; not for the state at subscription. */
  onBillingContextChange(listener: (context: BillingContext) => void): Unsubscribe
  /** Has the host ask for the workspaces again after `unreachable`. */
  retryWorkspaces(): void
  /** Credentials that speak for the active workspace, or null when there are none. */
  workspaceAuthHeaders(options?: FreshOptions): Promise<AuthHeaders | null>
  /** Origin (and path) of the workspaces' API, without a trailing slash. */
  readonly cloudBase: string
  /** BCP 47, as the host's interface is shown. */
  locale(): string
  onLocaleChange(listener: (locale: string) => void): Unsubscribe
  /** Run events of this tab, from the moment of subscription; what came before is replayed. */
  onRunEvent(listener: (event: RawRunEvent) => void): Unsubscribe
  /** Asks the server whether it is idle; null if it does not say. */
  serverIsIdle(): Promise<boolean | null>
  /** What the server remembers of a run that has ended, as it gives it; null when nothing. */
  serverHistory(promptId: string): Promise<unknown>
  /**
   * Where the server shows a file that a run put out, on the host's own origin; as a small picture
   * where `preview`. Null where the host does not say.
   */
  outputUrl(file: OutputFile, options?: { readonly preview?: boolean }): string | null
  /** Title and type of a node of the open workflow; null when unknown. */
  describeNode(nodeId: string): GraphNode | null
  /** Name of the open workflow; null when it has none. */
  workflowName(): string | null
  readonly savedWorkflows: SavedWorkflows | null
  /**
   * Asks no server and changes nothing; null while there is none. Throws where a node of others does,
   * and in 1.58 before the canvas is there.
   */
  openWorkflow(): OpenWorkflow | null
  /** How often the host's Run button queues the open workflow. */
  batchCount(): number
  /**
   * Called when the open workflow or the batch count may have changed. What a script changes shows
   * at the next press of a mouse button or a key, as it does to the host itself.
   */
  onWorkflowChange(listener: () => void): Unsubscribe
  /** The last gate counts. */
  gateRuns(gate: RunGate): Unsubscribe
  /** Whether a run that `source` asks for, in the host's word, is one of auto-queue's. */
  isAutoQueued(source: string | null): boolean
  /** After a run that was not queued, and who had asked for it, in the host's word. */
  calmAutoQueue(source: string | null): void
  /** Opens the panel in the host's settings. Resolves to whether it is on screen. */
  openPanel(): Promise<boolean>
  /**
   * The page a payment may return to, on the host's own origin; its query's `lang` says in which
   * language (BCP 47). Null when there is none.
   */
  readonly returnUrl: string | null
  /**
   * The page of ours, on the host's own origin, that holds Stripe's inside the panel's popup. Null
   * when there is none, and where the host's page came in a way that no card should be typed into.
   */
  readonly embeddedUrl: string | null
  readonly toast: ((message: ToastMessage) => void) | null
  /** In the host's own settings, which say what is on from the start. */
  isOn(option: OptionName): boolean
  /** As the switch in the host's settings does it; `onOptionChange` reports it. */
  setOption(option: OptionName, on: boolean): void
  onOptionChange(option: OptionName, listener: (on: boolean) => void): Unsubscribe
  /**
   * In the top bar, the estimate beside the host's Run button. Shown only while the option is on and
   * somebody is logged in; null takes it away.
   */
  showInBar(option: BarOption, text: BarText | null): void
  facts(): HostFacts
}
