import type {
  Account,
  BarOption,
  BarText,
  Host,
  OpenWorkflow,
  OptionName,
  OutputFile,
  BillingContext,
  RawRunEvent,
  RunGate,
  ToastMessage,
} from '../../src/host/port.ts'

export const API_BASE = 'https://api.panel.invalid'
export const CLOUD_BASE = 'https://cloud.panel.invalid'

/** A Host with controls: the development page and the tests do what ComfyUI would do. */
export interface PanelHost extends Host {
  login(account: Account): void
  logout(): void
  speak(locale: string): void
  tell(event: RawRunEvent): void
  /** The host switches to another workspace or rail. */
  payBy(context: BillingContext): void
  /** How often the panel asked the host to look up the workspaces again. */
  readonly retries: () => number
  readonly toasts: readonly ToastMessage[]
  /** The person switches an option on or off. */
  choose(option: OptionName, on: boolean): void
  /** The texts in the top bar. */
  readonly badge: () => BarText | null
  readonly estimate: () => BarText | null
  /** Another workflow on the canvas, or the same one changed; null for none. */
  draw(workflow: OpenWorkflow | null): void
  chooseBatchCount(count: number): void
  /** A press of Run, with what `app.queuePrompt` is given. Resolves to whether anything is queued. */
  pressRun(...given: readonly unknown[]): Promise<boolean>
  /** Whether anything stands around a press of Run. */
  readonly isGated: () => boolean
  /** Who pressed Run for what was not queued. */
  readonly vetoed: readonly (string | null)[]
  /** How often the panel asked for its own page to be opened. */
  readonly openings: () => number
}

export interface PanelHostOptions {
  readonly account?: Account | null
  readonly locale?: string
  readonly returnUrl?: string | null
  readonly embeddedUrl?: string | null
  readonly billingContext?: BillingContext
  readonly apiBase?: string
  readonly cloudBase?: string
  readonly options?: readonly OptionName[]
  /** The server's answer to whether it is idle. */
  readonly idle?: boolean | null
  /** What the server remembers of runs, by prompt_id. */
  readonly history?: Readonly<Record<string, unknown>>
  /** Where a run's file is; null for nowhere. */
  readonly outputUrl?: (file: OutputFile, preview: boolean) => string | null
  readonly openWorkflow?: OpenWorkflow | null
  /** What every node is called, and the workflow. */
  readonly names?: { readonly type: string; readonly title: string; readonly workflow: string }
}

export function createPanelHost(options: PanelHostOptions = {}): PanelHost {
  const accounts = new Set<(account: Account | null) => void>()
  const locales = new Set<(locale: string) => void>()
  const billing = new Set<(context: BillingContext) => void>()
  const toasts: ToastMessage[] = []
  let account = options.account === undefined ? PERSON : options.account
  let context: BillingContext = options.billingContext ?? { state: 'customer' }
  let retries = 0
  let renewals = 0
  let locale = options.locale ?? 'en'

  function become(next: Account | null): void {
    account = next
    for (const listener of accounts) listener(next)
  }

  return {
    login: become,
    logout: () => become(null),
    speak(next) {
      locale = next
      for (const listener of locales) listener(next)
    },
    payBy(next) {
      context = next
      for (const listener of billing) listener(next)
    },
    retries: () => retries,
    toasts,
    account: () => account,
    onAccountChange: (listener) => subscribe(accounts, listener),
    authHeaders: ({ renew = false } = {}) => {
      renewals += renew ? 1 : 0
      return Promise.resolve(account && { Authorization: `Bearer ${token(account.id, renewals)}` })
    },
    apiBase: options.apiBase ?? API_BASE,
    billingContext: () => context,
    onBillingContextChange: (listener) => subscribe(billing, listener),
    retryWorkspaces: () => {
      retries += 1
    },
    workspaceAuthHeaders: ({ renew = false } = {}) => {
      renewals += renew ? 1 : 0
      const workspace = context.state === 'workspace' ? context.workspace.id : 'none'
      return Promise.resolve(
        account && { Authorization: `Bearer ${token(`${workspace}-${account.id}`, renewals)}` },
      )
    },
    cloudBase: options.cloudBase ?? CLOUD_BASE,
    locale: () => locale,
    onLocaleChange: (listener) => subscribe(locales, listener),
    ...pageOf(options),
    returnUrl: options.returnUrl ?? null,
    embeddedUrl: options.embeddedUrl ?? null,
    toast: (message) => showToast(toasts, message),
    ...choices(options.options ?? []),
    ...server(options),
    ...namesOf(options.names),
    ...UNCHANGING,
  }
}

function showToast(toasts: ToastMessage[], message: ToastMessage): void {
  const same = toasts.findIndex(({ id }) => id !== undefined && id === message.id)
  if (same !== -1) toasts.splice(same, 1)
  toasts.push(message)
}

function choices(
  chosen: readonly OptionName[],
): Pick<
  PanelHost,
  'isOn' | 'setOption' | 'onOptionChange' | 'choose' | 'showInBar' | 'badge' | 'estimate'
> {
  const on = new Set(chosen)
  const listeners = new Set<(option: OptionName) => void>()
  const shown = new Map<BarOption, BarText | null>()
  const inBar = (option: BarOption) => (on.has(option) ? (shown.get(option) ?? null) : null)
  function choose(option: OptionName, now: boolean): void {
    if (now) on.add(option)
    else on.delete(option)
    for (const listener of listeners) listener(option)
  }
  return {
    isOn: (option) => on.has(option),
    setOption: choose,
    onOptionChange: (option, listener) =>
      subscribe(listeners, (changed: OptionName) => {
        if (changed === option) listener(on.has(option))
      }),
    choose,
    showInBar: (option, text) => void shown.set(option, text),
    badge: () => inBar('badge'),
    estimate: () => inBar('estimate'),
  }
}

const pageOf = ({ openWorkflow }: PanelHostOptions) => ({
  ...runEvents(),
  ...canvas(openWorkflow ?? null),
  ...gate(),
})

function canvas(
  first: OpenWorkflow | null,
): Pick<
  PanelHost,
  'openWorkflow' | 'batchCount' | 'onWorkflowChange' | 'draw' | 'chooseBatchCount'
> {
  const listeners = new Set<() => void>()
  let drawn = first
  let batch = 1
  function notify(): void {
    for (const listener of listeners) listener()
  }
  return {
    openWorkflow: () => drawn,
    batchCount: () => batch,
    onWorkflowChange: (listener) => subscribe(listeners, listener),
    draw(workflow) {
      drawn = workflow
      notify()
    },
    chooseBatchCount(count) {
      batch = count
      notify()
    },
  }
}

function gate(): Pick<
  PanelHost,
  | 'gateRuns'
  | 'isAutoQueued'
  | 'calmAutoQueue'
  | 'isGated'
  | 'vetoed'
  | 'pressRun'
  | 'openPanel'
  | 'openings'
> {
  let passed: RunGate | null = null
  let openings = 0
  const vetoed: (string | null)[] = []
  return {
    gateRuns(next) {
      passed = next
      return () => {
        if (passed === next) passed = null
      }
    },
    isAutoQueued: (source) => source === 'auto_queue',
    calmAutoQueue: (source) => vetoed.push(source),
    vetoed,
    isGated: () => passed !== null,
    pressRun: async (...given) => (await passed?.(() => true, given)) !== false,
    openPanel() {
      openings += 1
      return Promise.resolve(true)
    },
    openings: () => openings,
  }
}

/** Events before the first listener wait for it, as in ComfyUI's adapter. */
function runEvents(): Pick<PanelHost, 'tell' | 'onRunEvent'> {
  const listeners = new Set<(event: RawRunEvent) => void>()
  const waiting: RawRunEvent[] = []
  return {
    tell(event) {
      if (listeners.size === 0) waiting.push(event)
      for (const listener of listeners) listener(event)
    },
    onRunEvent(listener) {
      for (const event of waiting.splice(0)) listener(event)
      return subscribe(listeners, listener)
    },
  }
}

function token(owner: string, renewals: number): string {
  return `${renewals > 0 ? `renewed-${renewals}-` : ''}token-of-${owner}`
}

const NAMES = {
  type: 'SampleImageUltra',
  title: 'Sample Image Ultra',
  workflow: 'Castle at dusk',
} as const

function namesOf({ type, title, workflow } = NAMES as NonNullable<PanelHostOptions['names']>) {
  return {
    describeNode: (id: string) => ({ id, type, title }),
    workflowName: () => workflow,
  }
}

function server({ history, idle, outputUrl }: PanelHostOptions) {
  return {
    serverIsIdle: () => Promise.resolve(idle ?? null),
    serverHistory: (promptId) => Promise.resolve(history?.[promptId] ?? null),
    outputUrl: (file, { preview = false } = {}) => outputUrl?.(file, preview) ?? null,
  } satisfies Partial<Host>
}

/** The parts that no test changes. */
const UNCHANGING = {
  personName: () => 'ada@example.com',
  savedWorkflows: {
    has: (name) => name === 'Castle at dusk',
    open: () => Promise.resolve(true),
  },
  facts: () => ({
    frontendVersion: '1.58.1',
    comfyuiVersion: '0.33.0',
    capabilities: { 'settings entry': 'app.ui.settings.addSetting' },
    addresses: { api: 'own', cloud: 'own' },
  }),
} satisfies Partial<Host>

const PERSON: Account = { id: 'token:person', login: 'token' }

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
