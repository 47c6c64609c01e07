import { promptOfWorkflow } from './flatten.ts'
import { asRecord } from './json.ts'
import type { ObjectInfo } from './object-info.ts'
import { ReadingMemory } from './reading-memory.ts'
import { EstimateInputError, isApiPrompt, readApiPrompt, type Prompt } from './prompt.ts'
import { isWorkflow, readWorkflow } from './workflow-file.ts'

/**
 * Reads a workflow as ComfyUI saves it, an API prompt, or the request that queues one. Throws an
 * EstimateInputError.
 */
export function readPrompt(
  json: unknown,
  objectInfo: ObjectInfo,
  memory = new ReadingMemory(),
): Prompt {
  if (isWorkflow(json)) {
    memory.begin()
    const file = readWorkflow(json, (node, read) => memory.savedNode(node, read))
    return promptOfWorkflow(file, objectInfo, memory)
  }
  const { prompt, output } = asRecord(json)
  const found = [json, prompt, output].find(isApiPrompt)
  if (found !== undefined) return readApiPrompt(found)
  throw new EstimateInputError(
    'not-a-workflow',
    'It is JSON, but neither a saved workflow nor an API prompt.',
  )
}
