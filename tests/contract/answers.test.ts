import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { validAnswers } from '../support/builders/answers.ts'

/** The least that the newest client's schemas ask for. */
const smallest = {
  status: { is_active: true, has_funds: false },
  capabilities: { capabilities: {} },
  currentWorkspace: { id: 'ws_1', name: 'Atelier', type: 'team' },
  operation: { id: 'op_1', status: 'pending' },
  balance: { amount_micros: 0, currency: 'usd' },
} as const

describe('an answer of the cloud API', () => {
  it.each(Object.keys(smallest) as (keyof typeof smallest)[])(
    'without anything that is optional is understood: %s',
    (name) => {
      expect(workspaceEndpoints[name].response.safeParse(smallest[name]).error).toBeUndefined()
    },
  )

  it.each(Object.keys(validAnswers) as (keyof typeof validAnswers)[])(
    'is understood and kept whole, whatever is optional, null or newer in it: %s',
    (name) => {
      fc.assert(
        fc.property(validAnswers[name] as fc.Arbitrary<unknown>, (answer) => {
          const read = workspaceEndpoints[name].response.safeParse(answer)
          expect(read.error).toBeUndefined()
          expect(read.data).toEqual(answer)
        }),
      )
    },
  )
})
