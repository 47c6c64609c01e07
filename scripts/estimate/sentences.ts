import type { NodeEstimate } from '../../src/estimate/node-estimate.ts'
import type { Reason } from '../../src/estimate/reason.ts'

/** Why a price is not known before the run, for the person who reads the command's output. */
export function reasonSentence(reason: Reason): string {
  switch (reason.code) {
    case 'widget-from-node':
      return `Node ${reason.nodeId} sets "${reason.widget}" during the run, and the price depends on it.`
    case 'value-not-offered':
      return `"${reason.widget}" is "${reason.value}", which this version of the node does not offer.`
    case 'empty-text':
      return `It is priced by the length of "${reason.widget}", which is empty.`
    case 'quantity-unknown':
      return `It is priced "${reason.unit}", and that number is not known before the run.`
    default:
      return sentences[reason.code]
  }
}

const sentences = {
  'no-price-badge': 'The node has no price list.',
  'badge-not-understood': 'The node’s price list is not of a kind that is understood.',
  'text-only': 'The node’s price list has no amount.',
  'saved-by-other-version':
    'The workflow was saved with another version of the node: its widgets do not fit.',
  'list-length-unknown':
    'It runs once for each item of a list or pass of a loop, whose number only the run shows.',
  'expression-timeout': 'The expression in the node’s price list takes too long.',
  'expression-too-many-steps': 'The expression in the node’s price list does not end.',
  'expression-failed': 'The expression in the node’s price list fails with these settings.',
  'expression-no-price': 'The node’s price list has no price for these settings.',
  'expression-unavailable': 'Expressions could not be evaluated: no worker started.',
} as const satisfies Partial<Record<Reason['code'], string>>

/** Of a node that only a file knows. */
export const MISSING =
  'This server does not have the node: it may be a partner node of a newer ComfyUI.'

/** Of a node that nothing changes between the runs of a batch. */
export const REUSED =
  'Nothing changes it between the runs of the batch: the later ones likely reuse its result, free.'

export const runSentences = {
  yes: null,
  maybe: 'A switch decides during the run whether it runs.',
  'not-needed': 'No output needs it, so it does not run.',
  'likely-cached': 'Unchanged since the last run, so its result is likely cached and free.',
} as const satisfies Record<NodeEstimate['run'], string | null>
