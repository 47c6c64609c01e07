import fc from 'fast-check'
import { expect, it } from 'vitest'
import { customerEndpoints } from '@comfyui-credits/contract/endpoints'
import { balanceSchema, eventsPageSchema } from '@comfyui-credits/contract/schemas'
import { billingCapabilitiesSchema, billingStatusSchema } from '@comfyui-credits/contract/billing'
import { paymentMethodsSchema } from '@comfyui-credits/contract/top-up'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { differences } from '../../scripts/contract-compare.ts'

const lines = (...args: Parameters<typeof differences>) =>
  differences(...args).map(({ kind, path, message }) => `${kind}: ${path} ${message}`.trim())

const STATUS = {
  is_active: true,
  has_funds: true,
  billing_rail: 'stripe',
  max_seats: 1,
  occupied_seats: 1,
}

it('finds nothing in an answer that matches the contract', () => {
  expect(lines(balanceSchema, { amount_micros: 12.5, currency: 'usd' })).toEqual([])
  expect(lines(billingStatusSchema, { ...STATUS, subscription_tier: null })).toEqual([])
})

it('names what is missing and what has another type', () => {
  expect(lines(balanceSchema, { amount_micros: '1250' })).toEqual([
    'mismatch: amount_micros is string, not number',
    'mismatch: currency is missing',
  ])
  expect(lines(balanceSchema, [])).toEqual(['mismatch:  is array, not object'])
  expect(lines(billingStatusSchema, { ...STATUS, has_funds: null })).toEqual([
    'mismatch: has_funds is null, not boolean',
  ])
})

it('names an unknown member of an enumeration, unless it may be personal', () => {
  expect(lines(billingStatusSchema, { ...STATUS, billing_rail: 'prepaid' })).toEqual([
    'unknown: billing_rail is "prepaid", which is not in the contract',
  ])
  expect(lines(billingStatusSchema, { ...STATUS, billing_rail: 'ann@example.com' })).toEqual([
    'unknown: billing_rail is a text, which is not in the contract',
  ])
})

it('reports once what all entries of a list have, and that an empty list shows nothing', () => {
  const event = { event_id: 'a', event_type: 'credit_added', createdAt: 1, cost: {} }
  const page = { total: 2, page: 1, limit: 10, totalPages: 1 }
  expect(lines(eventsPageSchema, { ...page, events: [event, event] })).toEqual([
    'mismatch: events[].createdAt is number, not string',
    'unknown: events[].cost is object',
  ])
  expect(lines(eventsPageSchema, { ...page, events: [] })).toEqual([
    'unseen: events[] has no entry to compare',
  ])
})

it('names the fields in a part that the contract leaves open', () => {
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
    'mismatch: denied_reasons.(a hidden name) is number, not string',
    'unknown: capabilities.(a hidden name) is number',
    'unknown: capabilities.(a hidden name) is boolean',
    'unknown: resolved_for.(a hidden name) is string',
  ])
  expect(lines(paymentMethodsSchema, [{ id: 'pm_1', type: 'card', is_default: 'yes' }])).toEqual([
    'mismatch: [].is_default is string, not boolean',
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
