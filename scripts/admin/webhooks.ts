import type { WebhookEvent } from '../../service/database/schema.ts'
import { findEvent, listEventProblems, replayEvent } from '../../service/purchases/inbox.ts'
import { argument, type Actions } from './action.ts'

const LISTED = 100

/** Events of Stripe that a person should see. */
export const webhookActions: Actions = {
  '': {
    needs: [],
    async run(asked) {
      const events = await listEventProblems(await asked.database(), LISTED)
      return events.length === 0 ? 'No events need a person.' : events.map(describe).join('\n')
    },
  },
  show: {
    needs: ['ID'],
    async run(asked) {
      const event = await findEvent(await asked.database(), argument(asked, 0))
      return `${describe(event)}\n${bodyOf(event)}`
    },
  },
  replay: {
    needs: ['ID'],
    async run(asked) {
      const id = argument(asked, 0)
      await replayEvent(await asked.database(), id)
      return `${id} is processed again as soon as the service runs.`
    },
  },
}

function bodyOf({ payload }: WebhookEvent): string {
  if (payload === null) return 'Its body was deleted (WEBHOOK_BODY_DAYS). Stripe still shows it.'
  return JSON.stringify(JSON.parse(payload), null, 2)
}

function describe(event: WebhookEvent): string {
  const { id, type, subject, outcome, attempts, lastError, receivedAt } = event
  const error = lastError === null ? '' : `: ${lastError}`
  return `${id}  ${receivedAt.toISOString()}  ${outcome ?? 'waiting'}\n        ${type} of ${subject ?? 'nothing'}, ${attempts} attempts${error}`
}
