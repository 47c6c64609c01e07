import type { Account, Host, RawRunEvent, ToastMessage } from '../../src/host/port.ts'

export const API_BASE = 'https://api.panel.invalid'

/** A Host with handles: what ComfyUI would do, the development page and the tests do by these. */
export interface PanelHost extends Host {
  login(account: Account): void
  logout(): void
  speak(locale: string): void
  tell(event: RawRunEvent): void
  readonly toasts: readonly ToastMessage[]
}

export interface PanelHostOptions {
  readonly account?: Account | null
  readonly locale?: string
  readonly returnUrl?: string | null
}

export function createPanelHost(options: PanelHostOptions = {}): PanelHost {
  const accounts = new Set<(account: Account | null) => void>()
  const locales = new Set<(locale: string) => void>()
  const runs = new Set<(event: RawRunEvent) => void>()
  const toasts: ToastMessage[] = []
  let account = options.account === undefined ? PERSON : options.account
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
    tell(event) {
      for (const listener of runs) listener(event)
    },
    toasts,
    account: () => account,
    onAccountChange: (listener) => subscribe(accounts, listener),
    authHeaders: () =>
      Promise.resolve(account && { Authorization: `Bearer token-of-${account.id}` }),
    apiBase: API_BASE,
    locale: () => locale,
    onLocaleChange: (listener) => subscribe(locales, listener),
    onRunEvent: (listener) => subscribe(runs, listener),
    describeNode: (id) => ({ id, type: 'SampleImageUltra', title: 'Sample Image Ultra' }),
    workflowName: () => 'Castle at dusk',
    returnUrl: options.returnUrl ?? null,
    toast: (message) => toasts.push(message),
  }
}

const PERSON: Account = { id: 'token:person', login: 'token' }

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
