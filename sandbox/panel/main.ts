import { delay, HttpResponse } from 'msw'
import { setupWorker } from 'msw/browser'
import { createCredits } from '../../src/panel/mount.ts'
import { PanelAccount } from './account.ts'
import { answersOf, handlersFrom, type Answers } from './handlers.ts'
import { API_BASE, createPanelHost } from './host.ts'
import { manyEvents, sampleEvents } from './sample-events.ts'
import { storeSampleLimits } from './sample-limits.ts'
import { sampleOutputUrl, sampleSpending, storeSampleRuns } from './sample-runs.ts'

/** The panel alone, with hot reload: `npm run dev`, then choose a state by the links above it. */
const states = [
  'usual',
  'negative',
  'empty',
  'paged',
  'loading',
  'error',
  'offline',
  'plain',
  'runs',
  'many-runs',
  'limits-empty',
  'limits',
] as const
type State = (typeof states)[number]

const SELF_PAY_AFTER_MS = 5000
/** A login of its own each, so that no other state has these runs. */
const RUN_COUNTS: Partial<Record<State, number>> = {
  runs: 40,
  'many-runs': 100_000,
  'limits-empty': 40,
  limits: 40,
}

const query = new URLSearchParams(window.location.search)
const state = states.find((name) => name === query.get('state')) ?? 'usual'
const account = accountFor(state)

if (query.get('theme') === 'light') document.documentElement.classList.add('light')
drawSwitches()

await setupWorker(...handlersFrom(API_BASE, answersFor(state))).start({
  quiet: true,
  onUnhandledRequest: 'bypass',
})
const runCount = RUN_COUNTS[state]
const login = runCount === undefined ? 'token:person' : `token:${state}`
if (runCount !== undefined) await storeSampleRuns(login, runCount, Date.now())
if (state === 'limits') storeSampleLimits(login, sampleSpending(40, Date.now()), Date.now())
const panel = document.querySelector<HTMLElement>('#panel')
const host = createPanelHost({
  account: { id: login, login: 'token' },
  locale: query.get('locale') ?? 'en',
  outputUrl: sampleOutputUrl,
  options: ['badge', 'takeOver', 'thumbnails', 'guard'],
})
if (panel) {
  const credits = createCredits(host)
  credits.mount(panel)
  if (state.startsWith('limits')) void credits.enter('limits')
}

function accountFor(name: State): PanelAccount {
  const now = Date.now()
  switch (name) {
    case 'negative':
      return new PanelAccount(-4.2, sampleEvents(now))
    case 'empty':
      return new PanelAccount(0)
    case 'paged':
      return new PanelAccount(10, manyEvents(now, 130))
    case 'plain': {
      const plain = new PanelAccount(10, sampleEvents(now))
      plain.features = []
      return plain
    }
    default:
      return new PanelAccount(10, sampleEvents(now))
  }
}

function answersFor(name: State): Answers {
  const usual = answersOf(account, new URL('pay.html?session=', window.location.href).href)
  const selfPaying: Answers = {
    ...usual,
    purchase: async (question) => {
      const answer = await usual.purchase(question)
      const newest = [...account.sessions.keys()].at(-1)
      if (newest) setTimeout(() => account.pay(newest), SELF_PAY_AFTER_MS)
      return answer
    },
  }
  const always = (answer: () => Response | Promise<Response>): Answers => ({
    ...usual,
    balance: answer,
    events: answer,
  })
  switch (name) {
    case 'loading':
      return always(async () => {
        await delay('infinite')
        return HttpResponse.error()
      })
    case 'error':
      return always(() => HttpResponse.json({ message: 'Out of order' }, { status: 500 }))
    case 'offline':
      return always(() => HttpResponse.error())
    default:
      return selfPaying
  }
}

function drawSwitches(): void {
  const links = states.map((name) => link(name, { state: name }))
  const themes = ['dark', 'light'].map((name) => link(name, { theme: name }))
  document.querySelector('#switches')?.append(...links, ...themes)
}

function link(text: string, change: Record<string, string>): HTMLAnchorElement {
  const next = new URLSearchParams({ ...Object.fromEntries(query), ...change })
  return Object.assign(document.createElement('a'), { href: `?${next}`, textContent: text })
}
