import { z } from 'zod'
import { NodeError } from '../errors.ts'

const errorBody = z.object({
  error: z.object({ message: z.string(), type: z.string().optional() }),
})
const messageBody = z.object({ message: z.string() })

/** A refused call, in the words of ComfyUI's API nodes. `body` is the parsed answer. */
export function refusalError(status: number, body: unknown): NodeError {
  return new NodeError(refusalWords(status, body))
}

function refusalWords(status: number, body: unknown): string {
  switch (status) {
    case 401:
      return 'Unauthorized: Please login first to use this node.'
    case 402:
      return 'Payment Required: Please add credits to your account to use this node.'
    case 409:
      return 'There is a problem with your account. Please contact the support.'
    case 429:
      return 'Rate Limit Exceeded: The server still refused after all retries. Please try again later.'
    default:
      return `API Error: ${partnersWords(status, body)}`
  }
}

function partnersWords(status: number, body: unknown): string {
  const detailed = errorBody.safeParse(body)
  if (detailed.success) {
    const { message, type } = detailed.data.error
    return type === undefined ? message : `${message} (Type: ${type})`
  }
  const plain = messageBody.safeParse(body)
  return plain.success ? plain.data.message : `status ${status}`
}

/** What an API node raises when its run is interrupted: an error, not an interruption. */
export function cancelledError(): NodeError {
  return new NodeError(
    'Task cancelled',
    'comfy_api_nodes.util.common_exceptions.ProcessingInterrupted',
  )
}
