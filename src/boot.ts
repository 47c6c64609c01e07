import { findCapabilities, whatIsMissing } from './host/capabilities.ts'
import { createComfyHost, type ComfyHost } from './host/comfy-host.ts'
import type { ComfyApp } from './host/comfy-types.ts'
import { creditsCommands } from './host/commands.ts'
import { frontendVersion } from './host/frontend-version.ts'
import type { Account, ToastMessage } from './host/port.ts'
import { guarded, report } from './host/report.ts'
import { createSettingsEntry, PANEL_SETTING, type SettingsEntry } from './host/settings-entry.ts'
import { barButtons } from './host/top-bar.ts'
import { createStockDialogs, type StockDialogs } from './host/stock-dialogs.ts'
import type { TextKey } from './i18n/texts.ts'
import type { CreditsInstance } from './panel/mount.ts'
import type { PanelTab } from './session/panel-tab.ts'

/**
 * Puts us into ComfyUI. It only wires. The rest is loaded after a login, when the browser is idle, or
 * at once when the panel is opened. A host that lacks what we need is left as it is, with one line in
 * the console. Nothing is thrown into any host.
 */
export function boot(app: ComfyApp, entryUrl: string): void {
  guarded('The start', () => {
    const missing = whatIsMissing(findCapabilities(app, frontendVersion()))
    if (missing !== null) report(`not started. This ComfyUI frontend lacks ${missing}.`)
    else start(app, entryUrl)
  })()
}

function start(app: ComfyApp, entryUrl: string): void {
  const host = createComfyHost(app, entryUrl)
  const credits = new LazyCredits(host)
  const entry = createSettingsEntry(app, {
    shown: (element) => credits.use((instance) => instance.mount(element)),
    hidden: () => credits.useLoaded((instance) => instance.unmount()),
  })
  const openPurchase = async (why: { readonly refused: boolean }): Promise<void> => {
    if (await dialogs.openPanel()) credits.use((instance) => instance.openPurchase(why))
  }
  const dialogs = createStockDialogs(app, {
    settingId: PANEL_SETTING,
    wanted: entry.takesOver,
    enter: entry.enter,
    buy: (why) => reportFailure('The purchase window', openPurchase(why)),
  })
  host.panelOpensBy(dialogs.openPanel)
  host.onAccountChange((account) => follow(account, entry, dialogs, credits))
  host.onLoginEnded(() =>
    reportFailure('The message about the ended login', showToast(host, 'warn', 'error.logged-out')),
  )

  const loggedIn = (task: () => void) => () =>
    host.account()
      ? task()
      : reportFailure('The log-in hint', showToast(host, 'info', 'commands.logInFirst'))
  const openPanel = async (tab?: PanelTab): Promise<void> => {
    if (await dialogs.openPanel()) credits.use((instance) => instance.enter(tab))
  }
  const open = (tab?: PanelTab) => loggedIn(() => reportFailure('The Credits page', openPanel(tab)))
  app.registerExtension?.({
    name: 'ComfyUI.Credits',
    get actionBarButtons() {
      return barButtons(app, open('overview'))
    },
    onAuthUserResolved: guarded('The login', host.login),
    onAuthUserLogout: guarded('The logout', host.logout),
    afterConfigureGraph: host.workflowLoaded,
    ...creditsCommands({
      open: open(),
      history: open('history'),
      limits: open('limits'),
      buy: loggedIn(() => reportFailure('The purchase window', openPurchase({ refused: false }))),
      refresh: loggedIn(() => credits.use((instance) => instance.refresh())),
    }),
  })
}

/** Entry and take-over are there while somebody is logged in. */
function follow(
  account: Account | null,
  entry: SettingsEntry,
  dialogs: StockDialogs,
  credits: LazyCredits,
): void {
  if (account) {
    entry.show(account.id)
    dialogs.start()
    whenIdle(() => credits.use((instance) => instance.preload()))
  } else {
    dialogs.stop()
    entry.hide()
  }
}

/** The panel's code, loaded at the first use. */
class LazyCredits {
  #loading: Promise<CreditsInstance> | null = null

  constructor(private readonly host: ComfyHost) {}

  use(task: (instance: CreditsInstance) => unknown): void {
    this.#loading ??= import('./panel/mount.ts').then(({ createCredits }) =>
      createCredits(this.host),
    )
    reportFailure('The panel', this.#loading.then(task))
  }

  /** Does nothing while the code was never asked for. */
  useLoaded(task: (instance: CreditsInstance) => unknown): void {
    if (this.#loading) reportFailure('The panel', this.#loading.then(task))
  }
}

function reportFailure(what: string, doing: Promise<unknown>): void {
  doing.catch((error: unknown) => report(`${what} failed.`, error))
}

/** Loads the texts for this alone: without a login nothing of ours is on the page. */
async function showToast(
  host: ComfyHost,
  severity: ToastMessage['severity'],
  text: TextKey,
): Promise<void> {
  const { textOnce } = await import('./i18n/texts.ts')
  host.toast?.({ severity, summary: await textOnce(host.locale(), text) })
}

/** Not the panel's `when-idle.ts`: shared with it, it would be one more file at every start. */
function whenIdle(task: () => unknown): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(task, { timeout: 5000 })
  else setTimeout(task, 1000)
}
