import { Dexie } from 'dexie'
import { setupWorker } from 'msw/browser'
import { createCredits } from '../../src/panel/mount.ts'
import { PURCHASES_DATABASE } from '../../src/storage/stored-data.ts'
import { PanelAccount } from './account.ts'
import { answersOf, handlersFrom } from './handlers.ts'
import { API_BASE, CLOUD_BASE, createPanelHost } from './host.ts'
import { sampleEvents } from './sample-events.ts'
import { sampleOutputUrl, storeSampleRuns } from './sample-runs.ts'
import type { PanelState } from './states/state.ts'
import { stateGroups, states } from './states/index.ts'
import { drawSwitches } from './switches.ts'
import { cloudHandlers } from './workspace.ts'

/** The panel alone, with hot reload: `npm run dev`, then choose a state above it. */
const query = new URLSearchParams(window.location.search)
const name = query.get('state') ?? 'usual'
const locale = query.get('locale') ?? 'en'

if (query.get('theme') === 'light') document.documentElement.classList.add('light')
drawSwitches(stateGroups)
await show(states[name] ?? {})
// What the gallery waits for.
document.documentElement.dataset['shown'] = name

async function show(state: PanelState): Promise<void> {
  const now = Date.now()
  const account = state.account?.(now) ?? new PanelAccount(10, sampleEvents(now))
  const usual = answersOf(account, new URL('pay.html?session=', window.location.href).href)
  const answers = state.answers?.(usual, account) ?? usual
  await setupWorker(
    ...handlersFrom(API_BASE, answers),
    ...cloudHandlers(CLOUD_BASE, state.cloud ?? {}),
  ).start({ quiet: true, onUnhandledRequest: 'bypass' })

  // A login of its own each, so that no other state has its runs.
  const login = `token:${name}`
  await forget(login)
  if (state.runs !== undefined) await storeSampleRuns(login, state.runs, now)
  state.store?.(login, now)
  const host = createPanelHost({
    account: { id: login, login: 'token' },
    locale,
    outputUrl: sampleOutputUrl,
    options: ['badge', 'takeOver', 'thumbnails', 'estimate', 'guard'],
    ...state.host,
  })
  const panel = document.querySelector<HTMLElement>('#panel')
  if (!panel) return
  const credits = createCredits(host)
  credits.mount(panel)
  await credits.enter(state.tab ?? 'overview')
  const context = host.billingContext()
  const workspace = context.state === 'workspace' ? `:${context.workspace.id}` : ''
  const accountKey = login + workspace
  await state.next?.({ host, account, credits, seen, press, fill, accountKey })
}

/** A state is the same at each visit. Its runs stay: they have the same ids. */
async function forget(login: string): Promise<void> {
  for (const key of Object.keys(localStorage)) if (key.includes(login)) localStorage.removeItem(key)
  await Dexie.delete(PURCHASES_DATABASE)
}

/** Waits for as long as the panel takes to draw it, so that it can be pressed if it is a button. */
async function seen(selector: string): Promise<HTMLElement> {
  for (;;) {
    const found = document.querySelector<HTMLElement>(selector)
    if (found !== null && !found.matches(':disabled, [aria-disabled=true]')) return found
    await new Promise(requestAnimationFrame)
  }
}

async function press(selector: string): Promise<void> {
  const found = await seen(selector)
  found.click()
}

/** As a person would: the panel hears of it by the event that each kind of field has. */
async function fill(selector: string, value: string): Promise<void> {
  const field = await seen(selector)
  if (field instanceof HTMLSelectElement) {
    field.value = value
    field.dispatchEvent(new Event('change', { bubbles: true }))
  } else if (field instanceof HTMLInputElement) {
    field.value = value
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
}
