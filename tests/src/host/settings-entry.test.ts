import { describe, expect, it, vi } from 'vitest'
import type { ComfyApp, ComfySetting } from '../../../src/host/comfy-types.ts'
import { createSettingsEntry } from '../../../src/host/settings-entry.ts'

/** The host's settings registry: addSetting puts a setting where extensionManager shows it. */
function fakeHost() {
  const settings: Record<string, ComfySetting> = {}
  const addSetting = vi.fn((setting: ComfySetting) => {
    settings[setting.id] = setting
  })
  const app: ComfyApp = {
    ui: { settings: { addSetting } },
    extensionManager: { setting: { settings } },
  }
  return { app, addSetting, setting: () => Object.values(settings)[0] }
}

// One test: a custom element's name can be defined once in a page, as in ComfyUI itself.
describe('the Credits entry', () => {
  it('is registered once, hides and comes back, and tells when its panel is on screen', () => {
    const { app, addSetting, setting } = fakeHost()
    const shown = vi.fn()
    const hidden = vi.fn()
    const entry = createSettingsEntry(app, { shown, hidden })
    entry.hide()
    expect(addSetting).not.toHaveBeenCalled()

    entry.show()
    expect(setting()?.category[0]).toBe('credits')
    const render = setting()?.type
    if (typeof render !== 'function') throw new Error('the entry has no renderer')
    const element = render()
    expect(render()).toBe(element)

    document.body.append(element)
    expect(shown).toHaveBeenCalledExactlyOnceWith(element)

    const userPage = document.createElement('div')
    userPage.dataset['navId'] = 'user'
    userPage.addEventListener('click', () => element.remove())
    document.body.append(userPage)
    entry.hide()
    expect(hidden).toHaveBeenCalledExactlyOnceWith(element)
    expect(setting()?.type).toBe('hidden')

    entry.show()
    expect(setting()?.type).toBe(render)
    expect(addSetting).toHaveBeenCalledOnce()
    expect(document.head.querySelectorAll('style')).toHaveLength(1)
  })
})
