import { mount } from '@vue/test-utils'
import type { HttpHandler } from 'msw'
import { setupServer } from 'msw/node'
import type { Pinia } from 'pinia'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { answersOf, handlersFrom, type Answers } from '../../../sandbox/panel/handlers.ts'
import {
  API_BASE,
  createPanelHost,
  type PanelHost,
  type PanelHostOptions,
} from '../../../sandbox/panel/host.ts'
import { createApi } from '../../../src/api/client.ts'
import type { Api } from '../../../src/api/port.ts'
import CreditsRoot from '../../../src/panel/CreditsRoot.vue'
import { creditsOf, type CreditsInstance } from '../../../src/panel/mount.ts'
import { CreditsPlugin } from '../../../src/plugin.ts'
import type { PanelTab } from '../../../src/session/panel-tab.ts'
import { NO_STUBS } from './view.ts'

export interface OpenPanel {
  readonly host: PanelHost
  readonly account: PanelAccount
  readonly credits: CreditsInstance
  readonly element: HTMLElement
  /** Its stores' own; the active one may still be an earlier panel's. */
  readonly pinia: Pinia
  /** `GET /customers/balance`, in the order they came. */
  readonly asked: readonly string[]
}

interface PanelOptions extends PanelHostOptions {
  readonly of?: PanelAccount
  readonly answers?: (usual: Answers) => Answers
  /** Instead of these parts of the client. */
  readonly api?: Partial<Api>
  /** Handlers that come before the API's. */
  readonly also?: readonly HttpHandler[]
  /** False: made, as after a login, but not on screen. */
  readonly shown?: boolean
  /** What is open; by default the history, which most tests are about. */
  readonly tab?: PanelTab
}

/** The real panel on a host of our own, its API answered by msw. One set of hooks for a file. */
export function panelTests(): (options?: PanelOptions) => OpenPanel {
  const server = setupServer()
  const open = new Set<CreditsInstance>()
  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
  // What a panel loads later: so that no test waits until it is compiled.
  beforeAll(() => import('../../../src/runs/run-recorder.ts'))
  beforeAll(() => import('../../../src/live-updates/follow-runs.ts'))
  beforeAll(() => import('../../../src/run-archive/run-storage.ts'))
  beforeAll(() => import('../../../src/panel/BesidePanel.vue'))
  beforeAll(() => import('../../../src/history/use-rows.ts'))
  beforeAll(() => import('../../../src/history/HistorySection.vue'))
  beforeAll(() => import('../../../src/history/list/HistoryList.vue'))
  beforeAll(() => import('../../../src/overview/BalanceOutlook.vue'))
  beforeAll(() => import('../../../src/overview/OverviewDetails.vue'))
  beforeAll(() => import('../../../src/about/SettingsTab.vue'))
  beforeAll(() => import('../../../locales/en/history.json'))
  beforeAll(() => import('../../../locales/en/overview.json'))
  beforeAll(() => import('../../../locales/en/purchase.json'))
  beforeAll(() => import('../../../src/purchase/BuyDialog.vue'))
  afterEach(() => {
    for (const credits of open) credits.dispose()
    open.clear()
    server.resetHandlers()
    server.events.removeAllListeners()
  })
  afterAll(() => server.close())

  return (options = {}) => {
    const account = options.of ?? new PanelAccount(10)
    const usual = answersOf(account)
    const asked: string[] = []
    server.use(
      ...(options.also ?? []),
      ...handlersFrom(API_BASE, options.answers?.(usual) ?? usual),
    )
    server.events.on('request:start', ({ request }) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`)
    })
    const host = createPanelHost(options)
    const { credits, pinia } = mountCredits(host, { ...createApi(), ...options.api })
    open.add(credits)
    const element = document.createElement('div')
    document.body.append(element)
    const isShown = options.shown !== false
    if (isShown) credits.mount(element)
    if (isShown || options.tab) void credits.enter(options.tab ?? 'history')
    return { host, account, credits, element, pinia, asked }
  }
}

/** As createCredits does, by the mount of @vue/test-utils, which throws what the first paint throws. */
function mountCredits(host: PanelHost, api: Api): Pick<OpenPanel, 'credits' | 'pinia'> {
  const container = document.createElement('div')
  const { vm } = mount(CreditsRoot, {
    attachTo: container,
    global: { plugins: [[CreditsPlugin, { host, api }]], stubs: NO_STUBS },
  })
  return { credits: creditsOf(vm.$.appContext.app, vm, container), pinia: vm.$pinia }
}

/** The one element that matches; says what was there when there is none. */
export function find(selector: string, root: ParentNode = document): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector)
  if (!found) throw new Error(`No ${selector} in ${document.body.textContent}`)
  return found
}

/** What a screen reader would say. */
function nameOf(element: HTMLElement): string {
  const label = element.getAttribute('aria-label')
  if (label !== null) return label
  const copy = element.cloneNode(true) as HTMLElement
  for (const hidden of copy.querySelectorAll('[aria-hidden=true]')) hidden.remove()
  return copy.textContent.trim()
}

export function button(name: string): HTMLButtonElement {
  const all = [...document.querySelectorAll('button')]
  const found = all.find((candidate) => nameOf(candidate) === name)
  if (!found) throw new Error(`No button ${name} in ${document.body.textContent}`)
  return found
}

export const balanceStatus = (): HTMLElement => find('[role=status][aria-label="Credit balance"]')

export function rows(kind?: string): HTMLElement[] {
  return [
    ...document.querySelectorAll<HTMLElement>(kind ? `tr[data-kind=${kind}]` : 'tr[data-kind]'),
  ]
}

/** As a browser whose storage is full, or forbidden. */
export const fullStorage: Storage = {
  length: 0,
  key: () => null,
  getItem: () => null,
  setItem() {
    throw new DOMException('The quota has been exceeded.', 'QuotaExceededError')
  },
  removeItem() {},
  clear() {},
}
