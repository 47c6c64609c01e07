import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ComfyApp, ComfyStore } from '../../../src/host/comfy-types.ts'
import { createStockDialogs, type StockDialogs } from '../../../src/host/stock-dialogs.ts'

type Show = (...given: unknown[]) => unknown

const OURS = 'Ours.Panel'

/** The host's store `dialog`, and the command that opens the settings through it. */
function fakeHost({ withCommand = true } = {}) {
  const calls: { self: unknown; given: unknown[] }[] = []
  const dialogStack: object[] = []
  const store = {
    dialogStack,
    showDialog(this: unknown, ...given: unknown[]) {
      calls.push({ self: this, given })
      const dialog = { ...(given[0] as object) }
      dialogStack.push(dialog)
      return dialog
    },
  }
  const openSettings = async () => store.showDialog({ key: 'global-settings', props: { x: 1 } })
  const app: ComfyApp = {
    extensionManager: {
      _p: { _s: new Map([['dialog', store as unknown as ComfyStore]]) },
      ...(withCommand ? { command: { execute: openSettings } } : {}),
    },
  }
  return { app, store, calls, show: (...given: unknown[]) => (store.showDialog as Show)(...given) }
}

let dialogs: StockDialogs | null = null
const wanted = vi.fn(() => true)
const enter = vi.fn(async () => true)
const buy = vi.fn()

function takeOver(app: ComfyApp): StockDialogs {
  dialogs = createStockDialogs(app, { settingId: OURS, wanted, enter, buy })
  dialogs.start()
  return dialogs
}

const settings = (defaultPanel?: string) => ({
  key: 'global-settings',
  component: {},
  props: { onClose: () => {}, ...(defaultPanel ? { defaultPanel } : {}) },
})

beforeEach(() => {
  wanted.mockReset().mockReturnValue(true)
  enter.mockReset().mockResolvedValue(true)
  buy.mockReset()
})
afterEach(() => {
  dialogs?.stop()
  document.body.replaceChildren()
  vi.restoreAllMocks()
})

describe("the host's ways to credits", () => {
  it.each(['credits', 'subscription'])('lead from the page %s to ours', (page) => {
    const { app, show, calls } = fakeHost()
    takeOver(app)
    const given = settings(page)
    show(given, 'rest')
    expect(calls[0]?.given).toEqual([
      { ...given, props: { onClose: given.props.onClose, scrollToSettingId: OURS } },
      'rest',
    ])
    expect(enter).toHaveBeenCalledOnce()
  })

  it.each(['user', 'about', 'workspace', undefined])('leave the page %s alone', (page) => {
    const { app, show, calls } = fakeHost()
    takeOver(app)
    const given = settings(page)
    show(given)
    expect(calls[0]?.given[0]).toBe(given)
    expect(enter).not.toHaveBeenCalled()
  })

  it('are blamed for no failure of a dialog that is none of ours', () => {
    const { app, store, show } = fakeHost()
    Object.assign(store, {
      showDialog() {
        throw new Error('no such dialog')
      },
    })
    takeOver(app)
    const stackOf = (given: object): string => {
      try {
        return String(show(given))
      } catch (error) {
        return error instanceof Error ? (error.stack ?? '') : ''
      }
    }
    expect(stackOf(settings('about'))).toContain('no such dialog')
    expect(stackOf(settings('about'))).not.toContain('/src/host/stock-dialogs.ts')
    // This call was changed by us.
    expect(stackOf(settings('credits'))).toContain('/src/host/stock-dialogs.ts')
  })

  it.each([
    ['manage-plan-menu-item', true],
    ['plans-credits-menu-item', true],
    ['workspace-settings-menu-item', false],
  ])('tell by the click on %s what the page workspace is meant for', (item, ours) => {
    const { app, show, calls } = fakeHost()
    takeOver(app)
    const label = document.createElement('span')
    const button = document.createElement('div')
    button.dataset['testid'] = item
    button.append(label)
    button.addEventListener('click', () => show(settings('workspace')))
    document.body.append(button)
    label.click()
    expect(enter).toHaveBeenCalledTimes(ours ? 1 : 0)
    show(settings('workspace'))
    expect(calls[1]?.given[0]).toHaveProperty('props.defaultPanel', 'workspace')
  })

  it.each([
    ['top-up-credits', { isInsufficientCredits: true }, true],
    ['top-up-credits', undefined, false],
    ['insufficient-credits-member', {}, false],
  ])('lead from %s with %j to buying', (key, props, refused) => {
    const { app, show, calls } = fakeHost()
    takeOver(app)
    show({ key, props })
    expect(buy).toHaveBeenCalledExactlyOnceWith({ refused })
    expect(calls).toEqual([])
  })

  it('give back the settings dialog where the caller expects its own', () => {
    const { app, show } = fakeHost()
    const taken = takeOver(app)
    buy.mockImplementation(() => void taken.openPanel())
    expect(show({ key: 'top-up-credits' })).toMatchObject({ key: 'global-settings' })
  })

  it('are the host’s own at once when the person wants that', () => {
    const { app, show, calls } = fakeHost()
    takeOver(app)
    wanted.mockReturnValue(false)
    const given = [settings('credits'), { key: 'top-up-credits' }]
    for (const options of given) show(options)
    expect(calls.map((call) => call.given[0])).toEqual(given)
    expect(buy).not.toHaveBeenCalled()
  })

  it('are the host’s own where there is no way to open the settings', () => {
    const { app, show, calls } = fakeHost({ withCommand: false })
    takeOver(app)
    show({ key: 'top-up-credits' })
    expect(calls).toHaveLength(1)
  })
})

describe('the wrapped function', () => {
  it.each([[null], [undefined], ['text'], [{}], [{ key: 'global-settings', props: 7 }]])(
    'passes %j on with its this, and returns what the host returns',
    (given) => {
      const { app, store, calls } = fakeHost()
      takeOver(app)
      const returned = (store.showDialog as Show).call(store, given, 2)
      expect(calls[0]?.self).toBe(store)
      expect(calls[0]?.given).toEqual([given, 2])
      expect(returned).toBe(store.dialogStack[0])
    },
  )

  it('makes the host’s call although ours has failed, and reports that', () => {
    const { app, show, calls } = fakeHost()
    takeOver(app)
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    buy.mockImplementation(() => {
      throw new Error('ours')
    })
    const given = { key: 'top-up-credits' }
    show(given)
    expect(calls[0]?.given[0]).toBe(given)
    expect(warn).toHaveBeenCalledOnce()
  })

  it('is given back when we stop', () => {
    const { app, store } = fakeHost()
    const original = store.showDialog
    takeOver(app).stop()
    expect(store.showDialog).toBe(original)
  })

  it('lets others wrap before and after us, and stop in any order', () => {
    const { app, store, calls, show } = fakeHost()
    const seen: string[] = []
    const wrap = (name: string) => {
      const inner = store.showDialog
      store.showDialog = function wrapped(this: unknown, ...given: unknown[]) {
        seen.push(name)
        return (inner as Show).apply(this, given) as ReturnType<typeof inner>
      }
    }
    wrap('before')
    const taken = takeOver(app)
    wrap('after')
    taken.stop()
    const given = settings('credits')
    show(given)
    expect(seen).toEqual(['after', 'before'])
    expect(calls[0]?.given[0]).toBe(given)
    taken.start()
    show(settings('credits'))
    expect(enter).toHaveBeenCalledOnce()
    expect(calls).toHaveLength(2)
  })
})

describe('opening our page', () => {
  it('uses the host’s command and scrolls to our setting', async () => {
    const { app, calls } = fakeHost()
    expect(await takeOver(app).openPanel()).toBe(true)
    expect(calls[0]?.given[0]).toMatchObject({ props: { x: 1, scrollToSettingId: OURS } })
    expect(enter).toHaveBeenCalledOnce()
  })

  it('is what the person asked for, also while the take-over is off', async () => {
    const { app, calls, show } = fakeHost()
    wanted.mockReturnValue(false)
    await takeOver(app).openPanel()
    expect(calls[0]?.given[0]).toHaveProperty('props.scrollToSettingId', OURS)
    const later = settings()
    show(later)
    expect(calls[1]?.given[0]).toBe(later)
  })
})
