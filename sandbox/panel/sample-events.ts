import type { AccountEventBody } from '@comfyui-credits/contract/schemas'

const MINUTE_MS = 60_000

/** A week of an account, newest first, as our service lists it. `now` is epoch milliseconds. */
export function sampleEvents(now: number): AccountEventBody[] {
  const at = (minutesAgo: number): string => new Date(now - minutesAgo * MINUTE_MS).toISOString()
  return [
    usage('e1', at(4), {
      job_id: 'run-6',
      node_type: 'SampleImageUltra',
      charge_micro_usd: 60_000,
    }),
    usage('e2', at(31), {
      job_id: 'run-5',
      node_type: 'SampleChat',
      model: 'lexis-large',
      input_tokens: 1840,
      output_tokens: 612,
      charge_micro_usd: 8_420,
    }),
    usage('e3', at(32), { job_id: 'run-5', node_type: 'SampleImage', charge_micro_usd: 190_000 }),
    event('e4', at(95), 'credit_added', { amount: 2500, transaction_id: 'pi_sample' }),
    usage('e5', at(1500), {
      job_id: 'run-4',
      node_type: 'SampleVideo',
      outcome: 'failed',
      charge_micro_usd: 0,
    }),
    usage('e6', at(1600), {
      job_id: 'run-3',
      node_type: 'SampleVideo',
      charge_micro_usd: 1_200_000,
    }),
    event('e11', at(1700), 'credit_disputed', { amount: -1000, reason: 'Disputed' }),
    event('e10', at(1800), 'credit_refunded', { amount: -500, reason: 'Refunded' }),
    event('e7', at(2900), 'credit_adjusted', { amount: 100, reason: 'Sorry for the outage' }),
    event('e8', at(4300), 'storage_fee_settled', { note: 'A type this version does not know' }),
    event('e9', at(10_000), 'account_created', {}),
  ]
}

/** Many small runs, to page through. */
export function manyEvents(now: number, count: number): AccountEventBody[] {
  return Array.from({ length: count }, (_, index) =>
    usage(`m${index}`, new Date(now - index * MINUTE_MS).toISOString(), {
      job_id: `many-${index}`,
      node_type: 'SampleImage',
      charge_micro_usd: 20_000,
    }),
  )
}

function usage(id: string, createdAt: string, params: Record<string, unknown>): AccountEventBody {
  return event(id, createdAt, 'api_usage_completed', {
    api_name: 'aurora/v1/images',
    outcome: 'succeeded',
    ...params,
  })
}

function event(
  id: string,
  createdAt: string,
  type: string,
  params: Record<string, unknown>,
): AccountEventBody {
  return { event_id: id, event_type: type, createdAt, params }
}
