import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { fewAtATurn } from '../../service/http/few-at-a-turn.ts'

describe('what arrives at once', () => {
  it('begins at once where it is alone', () => {
    const begun: number[] = []
    fewAtATurn((number: number) => begun.push(number))(1)
    expect(begun).toEqual([1])
  })

  it('begins in order, and a few in each turn of the event loop', async () => {
    const begun: number[] = []
    const begin = fewAtATurn((number: number) => begun.push(number))
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    for (const number of numbers) begin(number)
    let before = 0
    while (begun.length < numbers.length) {
      expect(begun.length - before).toBeLessThanOrEqual(8)
      before = begun.length
      await nextTurn()
    }
    expect(begun).toEqual(numbers)
  })

  it('lets nobody pass those who wait', async () => {
    const begun: number[] = []
    const begin = fewAtATurn((number: number) => begun.push(number))
    for (let number = 0; number < 20; number += 1) begin(number)
    await nextTurn()
    begin(20)
    while (begun.length < 21) await nextTurn()
    expect(begun.at(-1)).toBe(20)
  })

  it('goes on after one that throws', async () => {
    const begun: number[] = []
    const begin = fewAtATurn((number: number) => {
      begun.push(number)
      if (number === 0) throw new Error('refused')
    })
    expect(() => begin(0)).toThrow('refused')
    for (let number = 1; number < 20; number += 1) begin(number)
    while (begun.length < 20) await nextTurn()
    expect(begun).toHaveLength(20)
  })
})
