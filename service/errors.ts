import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ServiceErrorCode } from '@comfyui-credits/contract/errors'

const statusOfCode = {
  'bad-request': 400,
  'amount-out-of-bounds': 400,
  'currency-unsupported': 400,
  'return-url-invalid': 400,
  'webhook-signature-invalid': 400,
  unauthorized: 401,
  'payment-required': 402,
  NO_PAYMENT_METHOD: 402,
  'card-declined': 402,
  forbidden: 403,
  no_workspace_access: 403,
  'not-found': 404,
  conflict: 409,
  'idempotency-key-reused': 409,
  'rate-limited': 429,
  internal: 500,
  'payment-provider-failed': 502,
  'partner-failed': 502,
} as const satisfies Record<ServiceErrorCode, ContentfulStatusCode>

/**
 * An error response: JSON `{code, message}`. The code never changes (table in README.md). The message
 * is for people and says what to do; ComfyUI's own interface shows it.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly status: ContentfulStatusCode
  readonly retryAfterSeconds: number | undefined
  /** Further fields of the answer, for programs. */
  readonly details: Readonly<Record<string, string>>

  constructor(
    readonly code: ServiceErrorCode,
    message: string,
    /** `status` where it differs from the code's usual one. */
    options: ErrorOptions & {
      status?: ContentfulStatusCode
      retryAfterSeconds?: number
      details?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(message, options)
    this.status = options.status ?? statusOfCode[code]
    this.retryAfterSeconds = options.retryAfterSeconds
    this.details = options.details ?? {}
  }
}
