import * as z from 'zod'
import { ServiceError } from '../errors.ts'
import { parseJson, type ArrivedJson } from '../http/parse-json.ts'
import { findProduct, partnerAnswerSchema, type Usage } from './catalog.ts'
import { isJobId } from './job-id.ts'

/**
 * What is done with the JSON of calls and answers as a whole. Pictures stand inside it, so it takes its
 * time: large ones are read in a worker thread, small ones where they arrived, by this same code.
 */

/** A call's body. Both come from one parse: what is forwarded is what was priced. */
export interface ReadCall {
  /** What the price depends on; see `Product`. */
  readonly terms: unknown
  /** JSON, written again. */
  readonly body: Uint8Array<ArrayBuffer>
}

/** A partner's answer. */
export interface ReadAnswer {
  /** Null for an answer that nobody can price. */
  readonly usage: Usage | null
  /** Of the job that it names, if it names one. */
  readonly jobId: string | null
  /** Whether it says that the call we asked about never arrived. */
  readonly unknownCall: boolean
  /** JSON, written again. */
  readonly body: Uint8Array<ArrayBuffer>
}

/** Throws `bad-request` for a body that is no JSON, or has no price at this path. */
export function readCall(path: string, json: ArrivedJson): ReadCall {
  const request = parseJson(json)
  try {
    return { terms: findProduct(path)?.terms(request), body: write(request) }
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new ServiceError('bad-request', `The body does not fit: ${z.prettifyError(error)}`, {
      cause: error,
    })
  }
}

const namedJobSchema = z.object({ id: z.custom<string>(isJobId) })
const unknownCallSchema = z.object({ error: z.object({ type: z.literal('unknown_call') }) })

/** Null for what is no JSON. */
export function readAnswer(bytes: Uint8Array): ReadAnswer | null {
  let answer: unknown
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
  const priced = partnerAnswerSchema.safeParse(answer)
  return {
    usage: priced.success ? (priced.data.usage ?? {}) : null,
    jobId: namedJobSchema.safeParse(answer).data?.id ?? null,
    unknownCall: unknownCallSchema.safeParse(answer).success,
    body: write(answer),
  }
}

function write(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value))
}
