/** Apart from the schema, so that the return page carries no parser. */
export const CHANNEL = 'comfyui-credits'

/** In the return address: which purchase comes back. Stripe names its session only on success. */
export const ATTEMPT_PARAMETER = 'purchase'
