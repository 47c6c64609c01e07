import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExecutionOrder } from '../../../sandbox/comfyui/executor/order.ts'
import type { Prompt } from '../../../sandbox/comfyui/executor/prompt.ts'

/** A graph without circles: node n takes from some of the nodes before it. */
const graphs = fc
  .array(fc.uniqueArray(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 20 })
  .map((links) =>
    Object.fromEntries(
      links.map((from, index) => [
        String(index),
        {
          class_type: 'Any',
          inputs: Object.fromEntries(
            from
              .filter((source) => source < index)
              .map((source) => [`from_${source}`, [String(source), 0]]),
          ),
        },
      ]),
    ),
  )

function sources(prompt: Prompt, id: string): string[] {
  return Object.values(prompt[id]?.inputs ?? {}).flatMap((link) =>
    Array.isArray(link) ? [String(link[0])] : [],
  )
}

function needed(prompt: Prompt, output: string): Set<string> {
  return new Set([output, ...sources(prompt, output).flatMap((id) => [...needed(prompt, id)])])
}

const plain = { isCached: () => false, isOutput: () => false, isApi: () => false }

test('every needed node comes once, after all it takes from, and no other comes', () => {
  fc.assert(
    fc.property(graphs, (prompt) => {
      const output = String(Object.keys(prompt).length - 1)
      const order = new ExecutionOrder(prompt, plain, [output])
      const taken: string[] = []
      while (!order.isDone) {
        const id = order.takeNext()
        if (id === null) throw new Error('nothing is ready though nothing runs')
        expect(taken).toEqual(expect.arrayContaining(sources(prompt, id)))
        taken.push(id)
        order.complete(id)
      }
      expect(taken.toSorted()).toEqual([...needed(prompt, output)].toSorted())
    }),
  )
})

test('what waits for a started node is not ready until that is complete', () => {
  const order = new ExecutionOrder(
    { a: { inputs: {} }, b: { inputs: { from: ['a', 0] } } },
    plain,
    ['b'],
  )
  expect(order.takeNext()).toBe('a')
  expect(order.takeNext()).toBeNull()
  order.complete('a')
  expect(order.takeNext()).toBe('b')
})

test('an API node goes before a local one that stands first', () => {
  const order = new ExecutionOrder(
    {
      local: { inputs: {} },
      api: { inputs: {} },
      end: { inputs: { one: ['api', 0], two: ['local', 0] } },
    },
    { ...plain, isApi: (id) => id === 'api' },
    ['end'],
  )
  expect(order.takeNext()).toBe('api')
  expect(order.takeNext()).toBe('local')
})

test('what is cached is not walked into', () => {
  const order = new ExecutionOrder(
    { a: { inputs: {} }, b: { inputs: { x: ['a', 0] } }, c: { inputs: { x: ['b', 0] } } },
    { ...plain, isCached: (id) => id === 'b' },
    ['c'],
  )
  expect(order.takeNext()).toBe('c')
})
