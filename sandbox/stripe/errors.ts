import type * as z from 'zod'

export interface StripeErrorFields {
  readonly type?: 'invalid_request_error' | 'idempotency_error' | 'card_error' | 'api_error'
  readonly status?: number
  readonly code?: string
  readonly param?: string
  /** For a card error: the bank's decline code, and the intent after the failed attempt. */
  readonly declineCode?: string
  readonly paymentIntent?: Record<string, unknown>
}

/** A refusal in Stripe's shape; see https://docs.stripe.com/api/errors. */
export class StripeApiError extends Error {
  override readonly name = 'StripeApiError'
  constructor(
    message: string,
    readonly fields: StripeErrorFields = {},
  ) {
    super(message)
  }

  get status(): number {
    return this.fields.status ?? 400
  }

  body(): { error: Record<string, unknown> } {
    const { type = 'invalid_request_error', code, param } = this.fields
    const { declineCode, paymentIntent } = this.fields
    return {
      error: {
        message: this.message,
        type,
        ...(code === undefined ? {} : { code }),
        ...(param === undefined ? {} : { param }),
        ...(declineCode === undefined ? {} : { decline_code: declineCode }),
        ...(paymentIntent === undefined ? {} : { payment_intent: paymentIntent }),
      },
    }
  }
}

export function missing(kind: string, id: string, param = 'id'): StripeApiError {
  return new StripeApiError(`No such ${kind}: '${id}'`, {
    status: 404,
    code: 'resource_missing',
    param,
  })
}

/** `line_items[0][price_data][currency]`, as Stripe names a parameter. */
function paramName(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (index === 0 ? String(part) : `[${String(part)}]`)).join('')
}

/** The first thing wrong with the parameters, in Stripe's words. */
export function invalidParams(error: z.ZodError): StripeApiError {
  const issue = error.issues[0]
  if (issue === undefined) return new StripeApiError('Invalid request.')
  if (issue.code === 'unrecognized_keys') {
    const param = paramName([...issue.path, issue.keys[0] ?? ''])
    return new StripeApiError(`Received unknown parameter: ${param}`, {
      code: 'parameter_unknown',
      param,
    })
  }
  const param = paramName(issue.path)
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return new StripeApiError(`Missing required param: ${param}.`, {
      code: 'parameter_missing',
      param,
    })
  }
  return new StripeApiError(`Invalid ${param}: ${issue.message}`, {
    code: 'parameter_invalid',
    param,
  })
}
