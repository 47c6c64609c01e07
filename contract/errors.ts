import * as z from 'zod/mini'

/**
 * What a service answers when it refuses: `code` is permanent and documented in service/README.md,
 * `message` is for people. The real API sends at least `message`; unknown fields pass.
 */
export const apiErrorSchema = z.looseObject({
  code: z.optional(z.string()),
  message: z.optional(z.string()),
})
export type ApiErrorBody = z.infer<typeof apiErrorSchema>

/**
 * Codes our own service answers with. Those in another spelling are ComfyUI's own: its interface
 * looks for them by name.
 */
export type ServiceErrorCode =
  | 'bad-request'
  | 'unauthorized'
  | 'payment-required'
  | 'NO_PAYMENT_METHOD'
  | 'card-declined'
  | 'forbidden'
  | 'no_workspace_access'
  | 'not-found'
  | 'conflict'
  | 'amount-out-of-bounds'
  | 'currency-unsupported'
  | 'return-url-invalid'
  | 'idempotency-key-reused'
  | 'webhook-signature-invalid'
  | 'rate-limited'
  | 'payment-provider-failed'
  | 'partner-failed'
  | 'internal'
