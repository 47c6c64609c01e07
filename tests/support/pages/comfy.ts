import type { Locator, Page } from 'playwright-core'

interface HostApp {
  readonly extensionManager: {
    readonly command: { readonly execute: (id: string) => Promise<unknown> }
    readonly setting: { readonly set: (id: string, value: unknown) => Promise<unknown> }
    readonly user?: { readonly isLoggedIn?: boolean }
  }
  readonly graph?: { readonly nodes?: readonly unknown[] }
}

declare global {
  interface Window {
    readonly comfyAPI?: { readonly app: { readonly app: HostApp } }
  }
}

/**
 * ComfyUI is up: extensions are set up and the first workflow is on the canvas. It opens as for a
 * person whose system wants no motion: drawing the moving splash screen without a graphics card takes
 * a third of the processor's time.
 */
export async function openComfy(page: Page, url: string): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(url)
  await waitForComfy(page)
  await page.emulateMedia({ reducedMotion: null })
}

/** The same, where something else has led the page there. */
export async function waitForComfy(page: Page): Promise<void> {
  await page.waitForFunction(() => (window.comfyAPI?.app.app.graph?.nodes?.length ?? 0) > 0, null, {
    timeout: 60_000,
  })
}

export function runCommand(page: Page, id: string): Promise<void> {
  return page.evaluate(async (command) => {
    await window.comfyAPI?.app.app.extensionManager.command.execute(command)
  }, id)
}

/** Through ComfyUI's own dialog, as a person does it. */
export async function logIn(page: Page, email: string, password = 'Passw0rd!'): Promise<void> {
  void runCommand(page, 'Comfy.User.OpenSignInDialog').catch(() => {})
  const submit = page.getByRole('button', { name: /^(sign|log) in$/i }).last()
  // The host's form forgets what was typed while it was still being set up.
  do {
    await page.getByPlaceholder(/email/i).first().fill(email)
    await page
      .getByPlaceholder(/password/i)
      .first()
      .fill(password)
  } while (!(await submit.isEnabled()))
  await submit.click()
  await waitForLogin(page, true)
  await page
    .getByPlaceholder(/password/i)
    .first()
    .waitFor({ state: 'detached' })
}

/**
 * The host's own login, as its dialog calls it, without the dialog: for tests of what comes after.
 * The store is `auth`, and `firebaseAuth` in older frontends.
 */
export async function logInDirectly(
  page: Page,
  email: string,
  password = 'Passw0rd!',
): Promise<void> {
  await page.evaluate(
    async ([address, secret]) => {
      const manager: unknown = window.comfyAPI?.app.app.extensionManager
      const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, unknown> } }
      const store = (_p._s.get('auth') ?? _p._s.get('firebaseAuth')) as {
        readonly login: (email: string, password: string) => Promise<unknown>
      }
      await store.login(address, secret)
    },
    [email, password] as const,
  )
  await waitForLogin(page, true)
}

/**
 * Up to 1.45 Firebase moves its stored login when another tab opens, and each tab removes and writes
 * it as it hears of the other. On a busy machine one that is late may remove what the other has just
 * written, which logs both out: the person logs in once more.
 */
export async function keepLoggedIn(page: Page, email: string): Promise<void> {
  const isLoggedOut = await waitForLogin(page, true).then(
    () => false,
    () => true,
  )
  if (isLoggedOut) await logInDirectly(page, email)
}

/**
 * By an API key, in the same dialog. Does not wait for the login: 1.40.7 asks for the key's user
 * with the wrong credentials and drops the key.
 */
export async function enterKey(page: Page, key: string): Promise<void> {
  void runCommand(page, 'Comfy.User.OpenSignInDialog').catch(() => {})
  await page.getByRole('button', { name: 'Comfy API Key' }).click()
  const field = page.locator('#comfy-org-api-key')
  await field.fill(key)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await field.waitFor({ state: 'detached' })
}

/** Up to 1.50 the sign-out command knows no keys; the button of the user's page does this. */
export function clearKey(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, unknown> } }
    const store = _p._s.get('apiKeyAuth') as { readonly clearStoredApiKey: () => Promise<unknown> }
    await store.clearStoredApiKey()
  })
}

export async function logOut(page: Page): Promise<void> {
  void runCommand(page, 'Comfy.User.SignOut').catch(() => {})
  const out = waitForLogin(page, false)
  // Asked by some hosts where the workflow has changed, as a run changes it.
  // From 1.41 to 1.43 its button is called Save, though it saves nothing.
  const anyway = page
    .getByRole('dialog')
    .filter({ hasText: 'will be lost when you sign out' })
    // An icon's glyph stands before the word.
    .getByRole('button', { name: /Save$/ })
    .or(page.getByRole('button', { name: 'Sign out anyway' }))
    // 1.45.21 has a real Save too, behind the button that signs out.
    .first()
  await Promise.race([out, anyway.waitFor()])
  if (await anyway.isVisible()) await anyway.click()
  await out
}

export function isLoggedIn(page: Page): Promise<boolean> {
  return page.evaluate(() => window.comfyAPI?.app.app.extensionManager.user?.isLoggedIn ?? false)
}

export async function waitForLogin(page: Page, wanted: boolean): Promise<void> {
  await page.waitForFunction(
    (expected) =>
      (window.comfyAPI?.app.app.extensionManager.user?.isLoggedIn ?? false) === expected,
    wanted,
    { timeout: 20_000 },
  )
}

export async function openSettings(page: Page): Promise<void> {
  if (await anyEntry(page).isVisible()) return
  await runCommand(page, 'Comfy.ShowSettingsDialog')
  await anyEntry(page).waitFor()
}

/** An entry in the list of the settings dialog; 1.40.0 marks it in a way of its own. */
export const settingsEntry = (page: Page, key: string) =>
  page.locator(`[data-nav-id="${key}"], [data-testid="settings-tab-${key}"]`)
/** All of them. */
export const settingsEntries = (page: Page, state = '') =>
  page.locator(`[data-nav-id]${state}, [data-testid^="settings-tab-"]${state}`)
const anyEntry = (page: Page) => settingsEntries(page).first()
export const creditsEntry = (page: Page) => settingsEntry(page, 'root/credits')
export const creditsPanel = (page: Page) => page.getByRole('region', { name: 'Credits' })
export const balance = (page: Page) => page.getByRole('status', { name: 'Credit balance' })
export const historyRows = (page: Page, kind: string) =>
  page.getByRole('table', { name: 'Credit history' }).locator(`[data-kind="${kind}"]`)

export type TabName = 'Overview' | 'History' | 'Limits' | 'Settings'

/** A tab of the panel, and what it shows. */
export const panelTab = (page: Page, name: TabName) =>
  creditsPanel(page).getByRole('tab', { name, exact: true })
export const tabPanel = (page: Page, name: TabName) =>
  creditsPanel(page).getByRole('tabpanel', { name, exact: true })

/** What the tab shows may still be empty: without an account that pays there is no history. */
export async function openTab(page: Page, name: TabName): Promise<void> {
  await panelTab(page, name).click()
  await panelTab(page, name).and(page.locator('[aria-selected="true"]')).waitFor()
}

/** Opens the panel, on the tab that most tests are about; null: on the one that opens by itself. */
export async function openCredits(page: Page, tab: TabName | null = 'History'): Promise<void> {
  await openSettings(page)
  // Up to 1.50 the dialog may swallow a click while it is still coming in.
  do {
    await creditsEntry(page).click()
  } while (!(await appears(creditsPanel(page))))
  if (tab) await openTab(page, tab)
}

/** Logged in, with the panel open. */
export async function openPanel(
  page: Page,
  url: string,
  email: string,
  tab: TabName | null = 'History',
): Promise<void> {
  await openComfy(page, url)
  await logInDirectly(page, email)
  await openCredits(page, tab)
}

function appears(locator: Locator): Promise<boolean> {
  return locator.waitFor({ timeout: 5000 }).then(
    () => true,
    () => false,
  )
}

export async function closeSettings(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await anyEntry(page).waitFor({ state: 'hidden' })
}

/**
 * With the settings, whatever lies over them: in 1.40 the dialog about a failed run stays there until
 * somebody closes it. The newest frontends have no such dialog, and no such mask.
 */
export async function closeDialogs(page: Page): Promise<void> {
  const mask = '.p-dialog-mask'
  const left = (): Promise<number> => page.locator(mask).count()
  for (let open = await left(); open > 0; open = await left()) {
    await page.keyboard.press('Escape')
    await page.waitForFunction(
      ([selector, before]) => document.querySelectorAll(selector).length < before,
      [mask, open] as const,
    )
  }
}

interface HostNode {
  readonly widgets?: { readonly name: string; value: unknown }[]
}

/** Of the nodes of the open workflow, each widget by its name. */
export function setWidgets(page: Page, values: Readonly<Record<string, unknown>>): Promise<void> {
  return page.evaluate((wanted) => {
    const nodes = (window.comfyAPI?.app.app.graph?.nodes ?? []) as readonly HostNode[]
    for (const widget of nodes.flatMap((node) => node.widgets ?? [])) {
      if (Object.hasOwn(wanted, widget.name)) widget.value = wanted[widget.name]
    }
  }, values)
}

/** As the switch in the settings does it. */
export function setSetting(page: Page, id: string, value: unknown): Promise<void> {
  return page.evaluate(
    async ([name, wanted]) => {
      await window.comfyAPI?.app.app.extensionManager.setting.set(name, wanted)
    },
    [id, value] as const,
  )
}

/** Runs that the credits do not cover go on, and are refused by the service. */
export const switchGuardOff = (page: Page): Promise<void> =>
  setSetting(page, 'ComfyUICredits.Guard', false)
