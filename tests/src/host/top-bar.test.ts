import { computed, reactive } from 'vue'
import { describe, expect, it, vi } from 'vitest'
import type { ComfyApp, ComfySetting } from '../../../src/host/comfy-types.ts'
import { barButtons, setBarText } from '../../../src/host/top-bar.ts'

const BADGE = 'ComfyUICredits.Badge'

/** As the host has it: settings and their values are reactive, and so is what it draws of them. */
function fakeHost() {
  const setting: ComfySetting = {
    id: BADGE,
    name: 'Badge',
    category: [],
    defaultValue: false,
    type: 'boolean',
  }
  const settings = reactive<Record<string, ComfySetting>>({})
  const values = reactive<Record<string, unknown>>({})
  const app: ComfyApp = { extensionManager: { setting: { settings, get: (id) => values[id] } } }
  const open = vi.fn()
  const drawn = computed(() => barButtons(app, open))
  const register = () => {
    settings[BADGE] = setting
  }
  return { app, settings, values, open, drawn, register }
}

describe('the badge in the top bar', () => {
  it('is there while it is switched on and has words, in the host’s own time', () => {
    const { app, settings, values, open, drawn, register } = fakeHost()
    expect(drawn.value).toEqual([])
    values[BADGE] = true
    register()
    expect(drawn.value).toEqual([])
    setBarText(app, 'badge', { label: '12', hint: 'Credits: 12' })
    expect(drawn.value).toMatchObject([{ label: '12', tooltip: 'Credits: 12' }])
    setBarText(app, 'badge', { label: '11', hint: 'Credits: 11' })
    expect(drawn.value).toMatchObject([{ label: '11' }])
    drawn.value[0]?.onClick(new Event('click'))
    expect(open).toHaveBeenCalledOnce()
    values[BADGE] = false
    expect(drawn.value).toEqual([])
    values[BADGE] = true
    expect(drawn.value).toHaveLength(1)
    const entry = settings[BADGE]
    if (entry) entry.type = 'hidden'
    expect(drawn.value).toEqual([])
  })

  it('is not there, and throws nothing, in a host that lacks a part or breaks', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const broken: ComfyApp = {
      get extensionManager(): never {
        throw new Error('broken')
      },
    }
    expect([barButtons({}, vi.fn()), barButtons(broken, vi.fn())]).toEqual([[], []])
    expect(warn).toHaveBeenCalledOnce()
    setBarText({}, 'badge', null)
  })
})
