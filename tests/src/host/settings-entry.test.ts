import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ComfyApp, ComfySetting } from '../../../src/host/comfy-types.ts'
import * as own from '../../../src/host/settings-entry.ts'
import { importAgain } from '../support/import-again.ts'

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
  return { app, settings, addSetting, setting: () => Object.values(settings)[0] }
}

afterEach(() => {
  document.head.replaceChildren()
  document.body.replaceChildren()
})

const { createSettingsEntry } = own

const HOUR_MS = 3_600_000

describe('the Credits entry', () => {
  it('of a second copy of this extension works as the first one’s does', async () => {
    const before = fakeHost()
    createSettingsEntry(before.app, { shown: vi.fn(), hidden: vi.fn() })
    const copy = (await importAgain('src/host/settings-entry.ts')) as typeof own
    const { app, setting } = fakeHost()
    const shown = vi.fn()
    copy.createSettingsEntry(app, { shown, hidden: vi.fn() }).show('someone')
    const render = setting()?.type
    if (typeof render !== 'function') throw new Error('the entry has no renderer')
    document.body.append(render())
    expect(shown).toHaveBeenCalledOnce()
  })

  it('is registered once, hides and comes back, and tells when its panel is on screen', async () => {
    const { app, settings, addSetting, setting } = fakeHost()
    const shown = vi.fn()
    const hidden = vi.fn()
    const entry = createSettingsEntry(app, { shown, hidden })
    entry.hide()
    expect(addSetting).not.toHaveBeenCalled()

    entry.show('someone')
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
    const types = () => new Set(Object.values(settings).map(({ type }) => type))
    expect([...types()]).toEqual(['hidden'])

    entry.show('someone')
    expect(setting()?.type).toBe(render)
    expect([...types()]).toEqual([render, 'boolean'])
    expect(addSetting).toHaveBeenCalledTimes(Object.keys(settings).length)
    expect(document.head.querySelectorAll('style')).toHaveLength(1)

    // It waits for its place in the list, and must not find the place of another test.
    const place = document.createElement('div')
    place.dataset['navId'] = 'root/credits'
    place.scrollIntoView = vi.fn()
    document.body.append(place)
    await vi.waitFor(() => expect(place.scrollIntoView).toHaveBeenCalledOnce())
  })

  it('has the names of the English texts, and where they have a tooltip one to be translated', async () => {
    const { app, settings } = fakeHost()
    createSettingsEntry(app, { shown: vi.fn(), hidden: vi.fn() }).show('someone')
    const given = Object.values(settings).map(({ id, name, tooltip }) => [
      id.replaceAll('.', '_'),
      name,
      tooltip !== undefined,
    ])
    const english = JSON.parse(await readFile('locales/en/settings.json', 'utf8')) as Record<
      string,
      { readonly name: string; readonly tooltip?: string }
    >
    const wanted = Object.entries(english).map(([id, { name, tooltip }]) => [id, name, !!tooltip])
    expect(given.toSorted()).toEqual(wanted.toSorted())
  })

  describe('after its panel went with the login', () => {
    /** The settings with our panel in them; a click on either page goes there, as in the host. */
    function openPanel() {
      const { app, setting } = fakeHost()
      const entry = createSettingsEntry(app, { shown: vi.fn(), hidden: vi.fn() })
      entry.show('someone')
      const render = setting()?.type
      if (typeof render !== 'function') throw new Error('the entry has no renderer')
      const panel = render()
      const places = ['user', 'root/credits'].map((navId) => {
        const place = document.createElement('div')
        place.dataset['navId'] = navId
        place.scrollIntoView = vi.fn()
        place.addEventListener('click', () =>
          navId === 'user' ? panel.remove() : document.body.append(panel),
        )
        return place
      })
      document.body.append(panel, ...places)
      entry.hide()
      expect(panel.isConnected).toBe(false)
      return { entry, panel }
    }

    it('brings it back with the same login, when that is back in a moment', async () => {
      const { entry, panel } = openPanel()
      entry.show('someone')
      await vi.waitFor(() => expect(panel.isConnected).toBe(true))
    })

    it.each([
      ['another person', 'another', 0],
      ['a later login', 'someone', 6000],
    ])('leaves %s where the host is', async (_who, accountId, afterMs) => {
      vi.useFakeTimers({ toFake: ['Date', 'performance'] })
      onTestFinished(() => void vi.useRealTimers())
      const { entry, panel } = openPanel()
      vi.advanceTimersByTime(afterMs)
      entry.show(accountId)
      await Promise.resolve()
      expect(panel.isConnected).toBe(false)
    })

    it.each([
      ['48 hours ahead', 48 * HOUR_MS, 0, true],
      ['400 days back', -400 * 24 * HOUR_MS, 6000, false],
    ])('counts by the page’s age when the clock is set %s', async (_, setMs, afterMs, isBack) => {
      vi.useFakeTimers({ toFake: ['Date', 'performance'] })
      onTestFinished(() => void vi.useRealTimers())
      const { entry, panel } = openPanel()
      vi.advanceTimersByTime(afterMs)
      vi.setSystemTime(Date.now() + setMs)
      entry.show('someone')
      await Promise.resolve()
      expect(panel.isConnected).toBe(isBack)
    })
  })

  it.each([
    ['', { navId: 'root/credits' }],
    [' of frontend 1.40.0', { testid: 'settings-tab-root/credits' }],
  ])('is opened by its place in the list%s, once it is there, and scrolled to', async (_, mark) => {
    const { app } = fakeHost()
    const { enter } = createSettingsEntry(app, { shown: vi.fn(), hidden: vi.fn() })
    const entered = enter()
    const place = document.createElement('div')
    Object.assign(place.dataset, mark)
    const click = vi.fn()
    place.addEventListener('click', click)
    place.scrollIntoView = vi.fn()
    document.body.append(place)
    expect(await entered).toBe(true)
    expect(click).toHaveBeenCalledOnce()
    expect(place.scrollIntoView).toHaveBeenCalledOnce()
    place.remove()
  })

  it.each([
    [undefined, true],
    [true, true],
    [false, false],
  ])('takes over with the choice %s: %s', (chosen, takes) => {
    const app: ComfyApp = { extensionManager: { setting: { get: () => chosen } } }
    const entry = createSettingsEntry(app, { shown: vi.fn(), hidden: vi.fn() })
    expect(entry.takesOver()).toBe(takes)
  })
})
