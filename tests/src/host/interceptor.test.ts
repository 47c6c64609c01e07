import { afterEach, describe, expect, it, vi } from 'vitest'
import { guestOf } from '../../../src/host/interceptor.ts'

interface Host {
  queuePrompt(this: unknown, ...given: unknown[]): unknown
}
afterEach(() => vi.restoreAllMocks())

describe('a guest at a function of the host', () => {
  it('leaves this, arguments and the very promise as they are, and hears what came', async () => {
    const promise = Promise.resolve('answer')
    const original = vi.fn(function queuePrompt(this: unknown) {
      return promise
    })
    const host: Host = { queuePrompt: original }
    const heard: unknown[] = []
    guestOf(host, 'queuePrompt', {
      called: (given) => heard.push(['called', ...given]),
      answered: (answer, given) => heard.push(['answered', answer, ...given]),
      ended: () => heard.push(['ended']),
    }).start()
    expect(host.queuePrompt(1, 'b')).toBe(promise)
    expect(original.mock.contexts).toEqual([host])
    expect(original.mock.calls).toEqual([[1, 'b']])
    await promise
    expect(heard).toEqual([['called', 1, 'b'], ['answered', 'answer', 1, 'b'], ['ended']])
  })

  it('throws and rejects as the host does, and hears why', async () => {
    const error = new Error('no')
    let host: Host = { queuePrompt: () => Promise.reject(error) }
    const failed = vi.fn()
    guestOf(host, 'queuePrompt', { failed }).start()
    await expect(host.queuePrompt()).rejects.toBe(error)
    host = {
      queuePrompt() {
        throw error
      },
    }
    guestOf(host, 'queuePrompt', { failed }).start()
    expect(() => host.queuePrompt()).toThrow(error)
    expect(failed.mock.calls).toEqual([
      [error, []],
      [error, []],
    ])
  })

  it('never stops the host by an error of its own', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const host: Host = { queuePrompt: async () => 'answer' }
    const bad = () => {
      throw new Error('ours')
    }
    guestOf(host, 'queuePrompt', { called: bad, answered: bad, ended: bad }).start()
    expect(await host.queuePrompt()).toBe('answer')
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(3))
  })

  it('gives the host its own function back, also one that it inherits', () => {
    class App {
      queuePrompt(): string {
        return 'inherited'
      }
    }
    const app = new App()
    const own: Host = { queuePrompt: () => 'own' }
    const { queuePrompt } = own
    for (const host of [app, own]) {
      const guest = guestOf(host, 'queuePrompt', {})
      expect(guest.start()).toBe(true)
      guest.stop()
    }
    expect(Object.hasOwn(app, 'queuePrompt')).toBe(false)
    expect(app.queuePrompt()).toBe('inherited')
    expect(own.queuePrompt).toBe(queuePrompt)
  })

  it('lives with others that wrap before it and after, and listens once after each login', () => {
    const log: string[] = []
    const host: Host = {
      queuePrompt: () => {
        log.push('host')
      },
    }
    const wrap = (name: string): void => {
      const { queuePrompt } = host
      host.queuePrompt = (...given) => {
        log.push(name)
        return queuePrompt(...given)
      }
    }
    wrap('before')
    const guest = guestOf(host, 'queuePrompt', { called: () => log.push('ours') })
    guest.start()
    wrap('after')
    guest.stop()
    host.queuePrompt()
    expect(log.splice(0)).toEqual(['after', 'before', 'host'])
    guest.start()
    host.queuePrompt()
    expect(log).toEqual(['after', 'ours', 'before', 'host'])
  })

  it('is not there where the host has no such function, or does not let it in', () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    expect(guestOf({}, 'queuePrompt', {}).start()).toBe(false)
    expect(guestOf(Object.freeze({ queuePrompt: () => 1 }), 'queuePrompt', {}).start()).toBe(false)
  })
})
