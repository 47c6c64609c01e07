import { DrizzleQueryError } from 'drizzle-orm'
import { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { describeError } from '../../service/log.ts'

describe('an error in the log', () => {
  it('of the database has the statement and the reason, but none of the values', () => {
    const cause = Object.assign(new Error('duplicate key value'), { code: '23505' })
    const query = 'insert into accounts (email) values ($1)'
    const described = describeError(new DrizzleQueryError(query, ['ann@example.com'], cause))
    expect(described).toMatchObject({
      query,
      cause: { message: 'duplicate key value', code: '23505' },
    })
    expect(JSON.stringify(described)).not.toContain('ann@example.com')
  })

  it('of Stripe has its code and request, but nothing of what was sent', () => {
    const error = Stripe.errors.StripeError.generate({
      type: 'invalid_request_error',
      code: 'parameter_missing',
      message: 'Missing.',
      headers: { authorization: 'Bearer sk_test_sandbox' },
      requestId: 'req_1',
    })
    const described = describeError(new Error('outside', { cause: error }))
    expect(described).toMatchObject({ cause: { code: 'parameter_missing', requestId: 'req_1' } })
    expect(JSON.stringify(described)).not.toContain('sk_test_sandbox')
  })
})
