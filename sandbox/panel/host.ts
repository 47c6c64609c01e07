import type { Account, Host, PurseContext, RawRunEvent, ToastMessage } from '../../src/host/port.ts'

export const API_BASE = 'https://api.panel.invalid'
export const CLOUD_BASE = 'https://cloud.panel.invalid'

/** A Host with handles: what ComfyUI would do, the development page and the tests do by these. */
export interface PanelHost extends Host {
  login(account: Account): void
  logout(): void
  speak(locale: string): void
  tell(event: RawRunEvent): void
  /** The host has been told of another workspace, or of its rail. */
  payBy(context: PurseContext): void
  /** How often the host was asked to find the workspaces again. */
  readonly retries: () => number
  readonly toasts: readonly ToastMessage[]
}

export interface PanelHostOptions {
  readonly account?: Account | null
  readonly locale?: string
  readonly returnUrl?: string | null
  readonly embeddedUrl?: string | null
  readonly purse?: PurseContext
}

export function createPanelHost(options: PanelHostOptions = {}): PanelHost {
  const accounts = new Set<(account: Account | null) => void>()
  const locales = new Set<(locale: string) => void>()
  const purses = new Set<(context: PurseContext) => void>()
  const toasts: ToastMessage[] = []
  let account = options.account === undefined ? PERSON : options.account
  let purse: PurseContext = options.purse ?? { state: 'customer' }
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
    payBy(context) {
      purse = context
      for (const listener of purses) listener(context)
    },
    retries: () => retries,
    toasts,
    account: () => account,
    onAccountChange: (listener) => subscribe(accounts, listener),
    authHeaders: ({ renew = false } = {}) => {
      renewals += renew ? 1 : 0
      return Promise.resolve(account && { Authorization: `Bearer ${token(account.id, renewals)}` })
    },
    apiBase: API_BASE,
    purseContext: () => purse,
    onPurseContextChange: (listener) => subscribe(purses, listener),
    retryWorkspaces: () => {
      retries += 1
    },
    workspaceAuthHeaders: ({ renew = false } = {}) => {
      renewals += renew ? 1 : 0
      const workspace = purse.state === 'workspace' ? purse.workspace.id : 'none'
      return Promise.resolve(
        account && { Authorization: `Bearer ${token(`${workspace}-${account.id}`, renewals)}` },
      )
    },
    cloudBase: CLOUD_BASE,
    locale: () => locale,
    onLocaleChange: (listener) => subscribe(locales, listener),
    ...runEvents(),
    returnUrl: options.returnUrl ?? null,
    embeddedUrl: options.embeddedUrl ?? null,
    toast: (message) => toasts.push(message),
    ...UNCHANGING,
  }
}

/** What is told before somebody listens is kept for the first who does, as ComfyUI's adapter does. */
function runEvents(): Pick<PanelHost, 'tell' | 'onRunEvent'> {
  const listeners = new Set<(event: RawRunEvent) => void>()
  const unheard: RawRunEvent[] = []
  return {
    tell(event) {
      if (listeners.size === 0) unheard.push(event)
      for (const listener of listeners) listener(event)
    },
    onRunEvent(listener) {
      for (const event of unheard.splice(0)) listener(event)
      return subscribe(listeners, listener)
    },
  }
}

function token(owner: string, renewals: number): string {
  return `${renewals > 0 ? `renewed-${renewals}-` : ''}token-of-${owner}`
}

/** What no test has a hand in. */
const UNCHANGING = {
  describeNode: (id) => ({ id, type: 'SampleImageUltra', title: 'Sample Image Ultra' }),
  workflowName: () => 'Castle at dusk',
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
