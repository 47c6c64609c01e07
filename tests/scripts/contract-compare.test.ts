import fc from 'fast-check'
import { expect, it } from 'vitest'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { balanceSchema, eventsPageSchema } from '@comfyui-credits/contract/schemas'
import {
  billingCapabilitiesSchema,
  billingStatusSchema,
  paymentMethodsSchema,
  workspaceEndpoints,
} from '@comfyui-credits/contract/workspace'
import { differences } from '../../scripts/contract-compare.ts'

const lines = (...args: Parameters<typeof differences>) =>
  differences(...args).map(({ kind, path, words }) => `${kind}: ${path} ${words}`.trim())

const STATUS = {
  is_active: true,
  has_funds: true,
  billing_rail: 'stripe',
  max_seats: 1,
  occupied_seats: 1,
}

it('has nothing to say of an answer that is as the contract says', () => {
  expect(lines(balanceSchema, { amount_micros: 12.5, currency: 'usd' })).toEqual([])
  expect(lines(billingStatusSchema, { ...STATUS, subscription_tier: null })).toEqual([])
})

it('names what is missing, and what is of another type', () => {
  expect(lines(balanceSchema, { amount_micros: '1250' })).toEqual([
    'misfit: amount_micros is string, not number',
    'misfit: currency is missing',
  ])
  expect(lines(balanceSchema, [])).toEqual(['misfit:  is array, not object'])
  expect(lines(billingStatusSchema, { ...STATUS, max_seats: null })).toEqual([
    'misfit: max_seats is null, not number',
  ])
})

it('names a member of an enumeration that it does not know, unless it looks like no name', () => {
  expect(lines(billingStatusSchema, { ...STATUS, billing_rail: 'prepaid' })).toEqual([
    'misfit: billing_rail is "prepaid", which the contract does not know',
  ])
  expect(lines(billingStatusSchema, { ...STATUS, billing_rail: 'ann@example.com' })).toEqual([
    'misfit: billing_rail is a word, which the contract does not know',
  ])
})

it('says once what all entries of a list have, and that an empty list shows nothing', () => {
  const event = { event_id: 'a', event_type: 'credit_added', createdAt: 1, cost: {} }
  const page = { total: 2, page: 1, limit: 10, totalPages: 1 }
  expect(lines(eventsPageSchema, { ...page, events: [event, event] })).toEqual([
    'misfit: events[].createdAt is number, not string',
    'news: events[].cost is object',
  ])
  expect(lines(eventsPageSchema, { ...page, events: [] })).toEqual([
    'unseen: events[] there is none to compare',
  ])
})

it('tells which fields are in a part that the contract leaves open', () => {
  const event = { event_id: 'a', event_type: 'x', createdAt: '', params: { amount: 5, tags: [] } }
  const page = { total: 1, page: 1, limit: 10, totalPages: 1, events: [event] }
  expect(lines(eventsPageSchema, page)).toEqual([
    'open: events[].params.amount is number',
    'open: events[].params.tags is array',
  ])
})

it('shows no name that may be a person’s', () => {
  const answer = {
    capabilities: { 'ann@example.com': 1, 'b2c3d4e5-6f70': true },
    denied_reasons: { 'Ann Example': 3 },
    expires_at: '',
    resolved_for: { workspace_id: 'w', user_id: 'u', ['0f9c1d']: 'x' },
    revision: 1,
  }
  expect(lines(billingCapabilitiesSchema, answer)).toEqual([
    'misfit: capabilities.(a name that is not shown) is number, not boolean',
    'misfit: denied_reasons.(a name that is not shown) is number, not string',
    'news: resolved_for.(a name that is not shown) is string',
  ])
  expect(lines(paymentMethodsSchema, [{ id: 'pm_1', type: 'card', is_default: 'yes' }])).toEqual([
    'misfit: [].is_default is string, not boolean',
  ])
})

it('never shows a value and never throws, whatever the answer is', () => {
  const secret = 'Zq7-secret-value'
  const value = fc.anything({ values: [fc.constant(secret), fc.double(), fc.boolean()] })
  const endpoints = [...Object.values(customerEndpoints), ...Object.values(workspaceEndpoints)]
  fc.assert(
    fc.property(fc.constantFrom(...endpoints), value, ({ response }, answer) => {
      expect(JSON.stringify(differences(response, answer))).not.toContain(secret)
    }),
  )
})
