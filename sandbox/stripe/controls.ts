import type { EmulatorContext } from 'emulate'
import { faultsSchema, type State } from './state.ts'
import { hurry } from './hurry.ts'
import type { StripeWorld } from './world.ts'

/** Controls for tests and demonstrations, listed in README.md. Stripe has none of them. */
export function mountControls(app: EmulatorContext<State>['app'], world: StripeWorld): void {
  app.get('/_sandbox/health', () => Response.json({ ok: true }))

  app.get('/_sandbox/faults', () => Response.json(world.state.faults))

  app.post('/_sandbox/faults', async ({ req }) => {
    const wanted = faultsSchema.partial().safeParse(await req.json<unknown>())
    if (!wanted.success) {
      return Response.json({ error: { message: wanted.error.message } }, { status: 400 })
    }
    Object.assign(world.state.faults, wanted.data)
    return Response.json(world.state.faults)
  })

  app.post('/_sandbox/hurry', () => {
    hurry(world)
    return Response.json({ ok: true })
  })

  app.post('/_sandbox/events/:id/resend', ({ req }) => {
    const event = world.state.events[req.param('id')]
    if (event === undefined) {
      return Response.json({ error: { message: 'No such event.' } }, { status: 404 })
    }
    world.state.outbox.push({
      event: event.id,
      dueMs: world.now(),
      attempts: 0,
      copies: 1,
      held: false,
      repeats: 0,
    })
    return Response.json({ queued: event.id })
  })
}
