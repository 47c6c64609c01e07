import { sumCredits } from '@comfyui-credits/contract/money'
import type { Call, Run } from '../../../src/runs/run.ts'

export const SECOND = 1000
export const NOON = Date.parse('2026-11-22T12:00:00Z')

/** Runs from noon to ten seconds past it. A price is the one answer's. */
export function newCall(part: Partial<Call> = {}): Call {
  const price = part.announcedCredits ?? null
  return {
    nodeId: '1',
    nodeType: 'SampleImage',
    title: 'Sample Image',
    announcedCredits: price,
    asked: 1,
    answers: price === null ? [] : [price],
    outcome: 'succeeded',
    startedAt: NOON,
    endedAt: NOON + 10 * SECOND,
    ...part,
  }
}

/** Runs from noon to ten seconds past it, with one call that stated no price. */
export function newRun(part: Partial<Run> = {}): Run {
  const { calls = [newCall()] } = part
  const prices = calls.flatMap(({ announcedCredits }) => announcedCredits ?? [])
  return {
    promptId: 'p',
    number: null,
    purse: 'mine',
    workflow: null,
    workflowHash: null,
    source: null,
    batch: 1,
    startedAt: NOON,
    endedAt: NOON + 10 * SECOND,
    outcome: 'succeeded',
    reason: null,
    announcedCredits: prices.length === 0 ? null : sumCredits(prices),
    output: null,
    ...part,
    calls,
  }
}
