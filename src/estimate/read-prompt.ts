import { promptOfWorkflow } from './flatten.ts'
import { asRecord } from './json.ts'
import type { ObjectInfo } from './object-info.ts'
import { EstimateInputError, isApiPrompt, readApiPrompt, type Prompt } from './prompt.ts'
import { isWorkflow, readWorkflow } from './workflow-file.ts'

/**
 * Reads a workflow as ComfyUI saves it, an API prompt, or the request that queues one. Throws an
 * EstimateInputError.
 */
export function readPrompt(json: unknown, objectInfo: ObjectInfo): Prompt {
  if (isWorkflow(json)) return promptOfWorkflow(readWorkflow(json), objectInfo)
  const { prompt, output } = asRecord(json)
  const found = [json, prompt, output].find(isApiPrompt)
  if (found !== undefined) return readApiPrompt(found)
  throw new EstimateInputError(
    'not-a-workflow',
    'It is JSON, but neither a saved workflow nor an API prompt.',
  )
}
