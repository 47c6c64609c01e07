import { END_LOOP, START_LOOP } from './loops.ts'
import type { ObjectInfo } from './object-info.ts'
import type { Prompt } from './prompt.ts'
import { holdsWithSources } from './with-sources.ts'

const alwaysRuns = new Set([START_LOOP, END_LOOP])

/**
 * The nodes whose results the later runs of a batch likely reuse: nothing gives them, nor anything
 * they depend on, another value between two runs. Only likely, because the server does not say which
 * nodes of extensions always run. ComfyUI's loops do.
 */
export function reusedInBatch(prompt: Prompt, objectInfo: ObjectInfo): ReadonlySet<string> {
  return holdsWithSources(
    prompt,
    ({ type, mayChange, isComplete }) =>
      !mayChange && isComplete && !alwaysRuns.has(type) && objectInfo.node(type) !== null,
  )
}
