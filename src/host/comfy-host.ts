import { AccountSource } from './account-source.ts'
import { calmAutoQueue, isAutoQueued } from './auto-queue.ts'
import { apiBase, cloudBase } from './base-address.ts'
import type { ComfyApp, ComfyUser } from './comfy-types.ts'
import { hostFacts } from './facts.ts'
import { describeNode, workflowName } from './graph.ts'
import { authHeaders, personName, workspaceAuthHeaders } from './login.ts'
import { isOn, onOptionChange, setOption } from './options.ts'
import { workflowSource, type WorkflowSource } from './open-workflow.ts'
import { outputUrl } from './output-url.ts'
import { panelDoor, type PanelDoor } from './panel-door.ts'
import type { Account, Host, Unsubscribe } from './port.ts'
import { guarded } from './report.ts'
import { BillingContextSource } from './billing-context.ts'
import { RunEventSource } from './run-events.ts'
import { serverHistory, serverIsIdle } from './server-queue.ts'
import { onSettingChange } from './setting-changes.ts'
import { Toasts } from './toasts.ts'
import { setBarText } from './top-bar.ts'
import { savedWorkflows } from './workflows.ts'

/** The host with its switches, which only the entry point turns. */
export interface ComfyHost
  extends Host, Pick<WorkflowSource, 'workflowLoaded'>, Pick<PanelDoor, 'panelOpensBy'> {
  login(user: ComfyUser): void
  logout(): void
  /** Called once for a login that was ended on another device. */
  onLoginEnded(listener: () => void): Unsubscribe
}

/** ComfyUI as a Host. Nothing here throws where a version lacks a part. */
export function createComfyHost(app: ComfyApp, entryUrl: string): ComfyHost {
  const events = new RunEventSource(app)
  const billingAccount = new BillingContextSource(app)
  const toasts = new Toasts(app)
  const endListeners = new Set<() => void>()
  const accounts = new AccountSource(app, () => {
    for (const listener of endListeners) listener()
  })

  accounts.subscribe(follow('runs', events))
  accounts.subscribe(follow('the billing account', billingAccount))
  accounts.subscribe(toasts.follow)
  return {
    login: (user) => accounts.login(user),
    logout: () => accounts.logout(),
    onLoginEnded: (listener) => {
      endListeners.add(listener)
      return () => endListeners.delete(listener)
    },
    ...panelDoor(),
    account: () => accounts.now(),
    personName: () => (accounts.now() ? personName(app) : null),
    onAccountChange: (listener) => accounts.subscribe(listener),
    authHeaders: (options) => accounts.credentials(() => authHeaders(app, options)),
    get apiBase() {
      return apiBase()
    },
    billingContext: () => billingAccount.now(),
    onBillingContextChange: (listener) => billingAccount.subscribe(listener),
    retryWorkspaces: () => billingAccount.retry(),
    workspaceAuthHeaders: (options) =>
      accounts.credentials(() => workspaceAuthHeaders(app, options)),
    get cloudBase() {
      return cloudBase()
    },
    locale: () => locale(app),
    onLocaleChange: (listener) => onLocaleChange(app, listener),
    onRunEvent: (listener) => events.subscribe(listener),
    serverIsIdle: () => serverIsIdle(app),
    serverHistory: (promptId) => serverHistory(app, promptId),
    outputUrl: (file, options) => outputUrl(app, file, options),
    describeNode: (nodeId) => describeNode(app, nodeId),
    workflowName: () => workflowName(app),
    get savedWorkflows() {
      return savedWorkflows(app)
    },
    ...workflowSource(app),
    ...runControl(app, events),
    get returnUrl() {
      return returnUrl(entryUrl, locale(app))
    },
    get embeddedUrl() {
      return window.isSecureContext ? new URL('./embedded.html', entryUrl).href : null
    },
    get toast() {
      return toasts.show
    },
    ...optionsOf(app),
    facts: () => hostFacts(app),
  }
}

function runControl(
  app: ComfyApp,
  events: RunEventSource,
): Pick<Host, 'gateRuns' | 'isAutoQueued' | 'calmAutoQueue'> {
  return {
    gateRuns: (gate) => events.gateRuns(gate),
    isAutoQueued: (source) => isAutoQueued(app, source),
    calmAutoQueue: (source) => calmAutoQueue(app, source),
  }
}

/** What the person has switched on, and what it shows. */
function optionsOf(app: ComfyApp) {
  return {
    isOn: (option) => isOn(app, option),
    setOption: (option, on) => setOption(app, option, on),
    onOptionChange: (option, listener) => onOptionChange(app, option, listener),
    showInBar: (option, text) => setBarText(app, option, text),
  } satisfies Partial<Host>
}

function returnUrl(entryUrl: string, lang: string): string {
  const page = new URL('return.html', entryUrl)
  page.searchParams.set('lang', lang)
  return page.href
}

/** By itself: a host without run events still has a balance, and the other way round. */
function follow(what: string, source: { start(): void; stop(): void }) {
  return guarded(`Following ${what}`, (account: Account | null) => {
    if (account === null) source.stop()
    else source.start()
  })
}

function locale(app: ComfyApp): string {
  const chosen = app.extensionManager?.setting?.get?.('Comfy.Locale')
  return typeof chosen === 'string' && chosen !== '' ? chosen : navigator.language
}

function onLocaleChange(app: ComfyApp, listener: (locale: string) => void): Unsubscribe {
  return onSettingChange(app, 'Comfy.Locale', (value) =>
    listener(typeof value === 'string' ? value : locale(app)),
  )
}
