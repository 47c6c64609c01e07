import { MAX_USD_MICROS } from '@comfyui-credits/contract/money'
import * as z from 'zod/mini'
import type { Estimate } from '../estimate/estimate.ts'
import type { NodeEstimate } from '../estimate/node-estimate.ts'

/** What limits judge a run by before the account has said what it cost. */
export interface Expected {
  /** The most that it will cost as far as prices are known, without what ComfyUI has cached. */
  readonly usdMicros: number
  readonly workflow: string | null
  /** Of which nodes that is. */
  readonly parts: readonly ExpectedPart[]
  /** Whether the host's auto-queue has pressed Run. */
  readonly isAuto: boolean
}

export interface ExpectedPart {
  /** Type and title of the node, and the model that it is set to, where it has such a widget. */
  readonly names: readonly string[]
  readonly usdMicros: number
}

/** Of a node, and of a run: of more nodes the rest is one part without a name. */
const MAX_NAMES = 3
const MAX_PARTS = 50
const MAX_NAME = 500

const amount = z.int().check(z.gte(0), z.lte(MAX_USD_MICROS))
const name = z.string().check(z.maxLength(MAX_NAME))

export const partsSchema = z
  .array(z.object({ names: z.array(name).check(z.maxLength(MAX_NAMES)), usdMicros: amount }))
  .check(z.maxLength(MAX_PARTS))

export const expectedSchema = z.object({
  usdMicros: amount,
  workflow: z.nullable(name),
  parts: partsSchema,
  isAuto: z.boolean(),
})

interface Origin {
  readonly workflow: string | null
  readonly isAuto: boolean
  /** What the canvas shows over the node. */
  readonly titleOf: (nodeId: string) => string | null
}

/** Of one run. */
export function expectedOf({ nodes }: Estimate, { workflow, isAuto, titleOf }: Origin): Expected {
  const parts = nodes
    .filter(({ run }) => run === 'yes' || run === 'maybe')
    .map((node): ExpectedPart => ({
      names: namesOf(node, titleOf(node.id)),
      usdMicros: node.amount?.maxUsdMicros ?? 0,
    }))
  const usdMicros = parts.reduce((sum, part) => sum + part.usdMicros, 0)
  return {
    usdMicros: Math.round(usdMicros),
    workflow: workflow?.slice(0, MAX_NAME) ?? null,
    parts: bounded(parts),
    isAuto,
  }
}

function namesOf({ type, model }: NodeEstimate, title: string | null): readonly string[] {
  const names = [model, type, title].flatMap((each) => each?.slice(0, MAX_NAME) ?? [])
  return [...new Set(names)]
}

function bounded(parts: readonly ExpectedPart[]): readonly ExpectedPart[] {
  const whole = parts.map((part) => ({ ...part, usdMicros: Math.round(part.usdMicros) }))
  if (whole.length <= MAX_PARTS) return whole
  const rest = whole.slice(MAX_PARTS - 1)
  const usdMicros = rest.reduce((sum, part) => sum + part.usdMicros, 0)
  return [...whole.slice(0, MAX_PARTS - 1), { names: [], usdMicros }]
}
