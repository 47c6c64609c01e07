import { describe, expect, it, vi } from 'vitest'
import { calmAutoQueue } from '../../../src/host/auto-queue.ts'
import type { ComfyStore } from '../../../src/host/comfy-types.ts'

describe('auto-queue after a veto', () => {
  it.each([
    ['change', 'auto_queue', 'disabled'],
    ['change', null, 'disabled'],
    ['change', 'button', 'change'],
    ['instant', null, 'disabled'],
    ['instant-running', 'button', 'disabled'],
    ['disabled', 'button', 'disabled'],
  ])('in the mode %s, by %s, is %s', (mode, source, after) => {
    const settings = { mode }
    const pending = { count: 2, $patch: vi.fn() }
    const stores = new Map<string, ComfyStore>([
      ['queuePendingTaskCount', pending],
      ['queueSettingsStore', settings],
    ])
    calmAutoQueue({ extensionManager: { _p: { _s: stores } } }, source)
    expect(settings.mode).toBe(after)
    // The host looks at its real count again, which has not changed.
    expect(pending.$patch.mock.calls).toEqual(mode === after ? [] : [[{ count: 2 }]])
  })

  it('is left alone where the host has none', () => {
    expect(() => calmAutoQueue({}, null)).not.toThrow()
  })
})
