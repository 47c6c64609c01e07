import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, shallowRef } from 'vue'
import { useThrottled } from '../../../src/history/use-throttled-state.ts'

function follow(pauseMs: number) {
  const source = shallowRef({ of: 'mine', count: 0 })
  const scope = effectScope()
  const paced = scope.run(() =>
    useThrottled(
      () => source.value,
      () => pauseMs,
    ),
  )
  const say = (count: number, of = 'mine'): void => {
    source.value = { of, count }
  }
  return { say, seen: () => paced?.value.count, stop: () => scope.stop() }
}

describe('what is paced', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('comes at once, then with a pause between, and the last always comes', () => {
    const { say, seen } = follow(100)
    say(1)
    expect(seen()).toBe(1)
    say(2)
    say(3)
    expect(seen()).toBe(1)
    vi.advanceTimersByTime(100)
    expect(seen()).toBe(3)
  })

  it('is there at once where it is of something else', () => {
    const { say, seen } = follow(100)
    say(1)
    say(2)
    say(3, 'another’s')
    expect(seen()).toBe(3)
    vi.advanceTimersByTime(100)
    expect(seen()).toBe(3)
  })

  it('is there at once without a pause', () => {
    const { say, seen } = follow(0)
    say(1)
    say(2)
    expect(seen()).toBe(2)
  })

  it('is not followed any more when nobody looks', () => {
    const { say, seen, stop } = follow(100)
    say(1)
    stop()
    say(2)
    vi.advanceTimersByTime(100)
    expect(seen()).toBe(1)
  })
})
