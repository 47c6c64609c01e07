import { defineEmulator, type EmulatorDefinition } from 'emulate'
import { mountApi, unknownUrl } from './api.ts'
import { mountControls } from './controls.ts'
import { mountAuthentication } from './pages/authenticate.ts'
import { mountDashboard } from './pages/dashboard.ts'
import { mountEmbedded } from './pages/embedded.ts'
import { mountPages } from './pages/routes.ts'
import { advance } from './payment.ts'
import { emptyState, stateSchema, type State } from './state.ts'
import {
  recordEvent,
  reviveOutbox,
  signWith,
  WebhookDispatcher,
  type WebhookTarget,
} from './webhooks.ts'
import type { StripeWorld } from './world.ts'

export interface EmulatorOptions {
  readonly publicUrl: string
  readonly apiKey: string
  readonly publishableKey: string | null
  readonly webhook: WebhookTarget
  readonly now: () => number
  readonly save: () => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Stripe, as a service of emulate. emulate does routing, the state on disk, the sending of webhooks and
 * an inspector at `/_emulate`. Its own Stripe lacks too much (idempotency, amounts, event ids, QR
 * codes, delayed payments, retries), so all behaviour is ours.
 */
export function stripeEmulator(options: EmulatorOptions): EmulatorDefinition<State> {
  return defineEmulator<State>({
    name: 'stripe-sandbox',
    stateVersion: 1,
    state: emptyState,
    validateSeed: (value) => stateSchema.parse(value),
    // No page calls Stripe's API, and no other origin may press Pay.
    cors: false,
    setup({ app, state, webhooks, signal }) {
      let changes = 0
      const world: StripeWorld = {
        state,
        now: options.now,
        publicUrl: options.publicUrl,
        publishableKey: options.publishableKey,
        emit(type, object) {
          changes += 1
          recordEvent(state, options.now(), type, object)
        },
      }
      const { save, onError } = options
      const dispatcher = new WebhookDispatcher({
        world,
        dispatcher: webhooks,
        signal,
        save,
        onError,
      })
      signWith(webhooks, options.webhook)
      reviveOutbox(state, options.now())
      app.use(async (_context, next) => {
        const before = changes
        advance(world)
        try {
          // A reader must not learn what a kill −9 would undo.
          if (changes > before) await save()
          await next()
        } finally {
          dispatcher.wake()
        }
      })
      mountApi(app, world, options.apiKey)
      mountControls(app, world)
      mountPages(app, world)
      mountEmbedded(app, world)
      mountAuthentication(app, world)
      mountDashboard(app, world)
      app.notFound(({ req }) => unknownUrl(req.raw))
      dispatcher.wake()
    },
  })
}
