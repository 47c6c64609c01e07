import { delay, HttpResponse } from 'msw'
import { PanelAccount } from '../account.ts'
import type { Answers } from '../handlers.ts'
import { manyEvents, sampleEvents } from '../sample-events.ts'
import type { PanelState } from './state.ts'

const always =
  (answer: () => Response | Promise<Response>) =>
  (usual: Answers): Answers => ({ ...usual, balance: answer, events: answer })

/** The balance and what the account says. */
export const accountStates: Readonly<Record<string, PanelState>> = {
  usual: {},
  new: { account: () => new PanelAccount(0) },
  negative: { account: (now) => new PanelAccount(-4.2, sampleEvents(now)) },
  paged: { account: (now) => new PanelAccount(10, manyEvents(now, 130)), tab: 'history' },
  plain: {
    account(now) {
      const plain = new PanelAccount(10, sampleEvents(now))
      plain.features = []
      return plain
    },
  },
  loading: {
    answers: always(async () => {
      await delay('infinite')
      return HttpResponse.error()
    }),
  },
  error: {
    answers: always(() => HttpResponse.json({ message: 'Out of order' }, { status: 500 })),
  },
  busy: {
    answers: always(() =>
      HttpResponse.json({}, { status: 429, headers: { 'Retry-After': '3600' } }),
    ),
  },
  'logged-out': { answers: always(() => HttpResponse.json({}, { status: 401 })) },
  questions: { next: ({ press }) => press('.cc-facts summary') },
  'history-error': {
    answers: (usual) => ({
      ...usual,
      events: () => HttpResponse.json({ message: 'Out of order' }, { status: 500 }),
    }),
  },
  offline: { answers: always(() => HttpResponse.error()) },
}
