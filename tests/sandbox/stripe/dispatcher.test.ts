import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { hurry } from '../../../sandbox/stripe/hurry.ts'
import { emptyState } from '../../../sandbox/stripe/state.ts'
import {
  recordEvent,
  WebhookDispatcher,
  type WebhookDispatcherOptions,
} from '../../../sandbox/stripe/webhooks.ts'
import type { StripeWorld } from '../../../sandbox/stripe/world.ts'

const MANY = 1_100
const NOW_MS = 1_700_000_000_000

/** Many events that wait, and an endpoint that takes each in a turn of its own. */
function openWorld() {
  const state = emptyState()
  state.faults.webhook_delay_ms = 3_600_000
  const world: StripeWorld = {
    state,
    now: () => NOW_MS,
    publicUrl: 'http://127.0.0.1:9',
    publishableKey: null,
    emit: (type, object) => recordEvent(state, NOW_MS, type, object),
  }
  for (let number = 0; number < MANY; number += 1) world.emit('a.thing', { number })
  const sent: unknown[] = []
  const counts = { open: 0, most: 0 }
  const dispatcher: WebhookDispatcherOptions['dispatcher'] = {
    async dispatch(_event, _action, payload) {
      counts.open += 1
      counts.most = Math.max(counts.most, counts.open)
      await nextTurn()
      counts.open -= 1
      sent.push(payload)
    },
    getDeliveries: () => [
      {
        id: 1,
        hook_id: 1,
        event: 'a.thing',
        payload: sent.at(-1),
        status_code: 200,
        delivered_at: '',
        duration: 1,
        success: true,
      },
    ],
  }
  return { world, sent, counts, dispatcher }
}

it('hurried, thousands of events arrive a few at a time; the newest stay to be asked for', async () => {
  const { world, sent, counts, dispatcher } = openWorld()
  const newest = Object.keys(world.state.events).slice(-1_000)
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  await new Promise<void>((resolve, reject) => {
    const save = async () => {
      if (world.state.outbox.length === 0) resolve()
    }
    hurry(world)
    const { signal } = stop
    new WebhookDispatcher({ world, dispatcher, signal, save, onError: reject }).wake()
  })
  expect(sent).toHaveLength(MANY)
  expect(counts.most).toBeGreaterThan(1)
  expect(counts.most).toBeLessThanOrEqual(20)
  expect(Object.keys(world.state.events)).toEqual(newest)
})
