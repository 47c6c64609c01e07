import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'estimate',
  description: `Prints as JSON what a workflow will cost, by the price lists of its partner nodes (API nodes).
WORKFLOW.json is a workflow as ComfyUI saves it, or an API prompt. OBJECT_INFO.json is what the
ComfyUI server answers to /object_info, or the address of one that runs.

  nodes  each partner node that is queued; muted and bypassed nodes are not
    kind    usd, range, list (one of several prices), text (a price list without an amount), unknown
    label   the price list as ComfyUI draws it, also of a price that is per second or per image
    reason  why the amount is not known before the run
    calls   how often it runs: once for each item of a list
    run     yes, maybe (a switch decides), not-needed (no output needs it), likely-cached
  total  min_credits: what surely runs; max_credits: all that is queued; typical_credits: what is
         expected; unknown: how many nodes may cost more, because their price is not known
  missing_types  node types that the object info lacks, so that nobody knows whether they cost

A file that cannot be used is named on stderr with a code (file-unreadable, unreachable, not-json,
not-a-workflow, not-object-info, nested-too-deep, too-many-nodes), and the exit code is 1.`,
  arguments: {
    value: 'WORKFLOW.json OBJECT_INFO.json',
    atMost: 2,
    missing: 'Name the workflow and the object info.',
  },
  options: {
    batch: {
      type: 'number',
      value: 'N',
      min: 1,
      max: 100,
      default: 1,
      help: 'how many runs in all',
    },
    after: {
      type: 'text',
      value: 'FILE',
      help: 'the workflow or prompt of the run before:\nwhat has not changed since is likely cached',
    },
  },
  examples: [
    'npm run estimate -- workflow.json http://127.0.0.1:8188',
    'npm run estimate -- workflow.json object_info.json',
  ],
  async run({ batch, after }, [workflow = '', objectInfo]) {
    const { estimateFiles } = await import('../estimate/estimate-files.ts')
    await estimateFiles({ workflow, objectInfo, after }, batch)
  },
})
