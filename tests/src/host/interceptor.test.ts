import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createInterceptor } from '../../../src/host/interceptor.ts'

interface Host {
  queuePrompt(this: unknown, ...given: unknown[]): unknown
}

/** The message and who called whom since the last await, without numbers of lines and columns. */
function frames(error: unknown): string[] {
  const stack: unknown = error instanceof Error ? error.stack : ''
  return String(stack)
    .split('\n')
    .filter((line) => !line.includes('at async'))
    .map((line) => line.replaceAll(/:\d+/g, ''))
}
afterEach(() => vi.restoreAllMocks())

const caught = async (host: Host): Promise<unknown> => {
  // So that the stack of the first call begins where that of the second does.
  await Promise.resolve()
  try {
    return await host.queuePrompt()
  } catch (error) {
    return error
  }
}

describe('an interceptor of a host’s function', () => {
  it('leaves this, arguments and the very promise as they are, and receives what came', async () => {
    const promise = Promise.resolve('answer')
    const original = vi.fn(function queuePrompt(this: unknown) {
      return promise
    })
    const host: Host = { queuePrompt: original }
    const received: unknown[] = []
    createInterceptor(host, 'queuePrompt', {
      called: (given) => received.push(['called', ...given]),
      answered: (answer, given) => received.push(['answered', answer, ...given]),
      ended: () => received.push(['ended']),
    }).start()
    expect(host.queuePrompt(1, 'b')).toBe(promise)
    expect(original.mock.contexts).toEqual([host])
    expect(original.mock.calls).toEqual([[1, 'b']])
    await promise
    expect(received).toEqual([['called', 1, 'b'], ['answered', 'answer', 1, 'b'], ['ended']])
  })

  it('throws and rejects as the host does, and receives why', async () => {
    const error = new Error('no')
    let host: Host = { queuePrompt: () => Promise.reject(error) }
    const failed = vi.fn()
    createInterceptor(host, 'queuePrompt', { failed }).start()
    await expect(host.queuePrompt()).rejects.toBe(error)
    host = {
      queuePrompt() {
        throw error
      },
    }
    createInterceptor(host, 'queuePrompt', { failed }).start()
    expect(() => host.queuePrompt()).toThrow(error)
    expect(failed.mock.calls).toEqual([
      [error, []],
      [error, []],
    ])
  })

  it.each([true, false])(
    'is not in the stack of the host’s errors, which are the same otherwise (active: %s)',
    async (active) => {
      const { stackTraceLimit } = Error
      Error.stackTraceLimit = 100
      onTestFinished(() => void (Error.stackTraceLimit = stackTraceLimit))
      const host: Host = {
        queuePrompt: async () => {
          throw new TypeError('Failed to fetch')
        },
      }
      const direct: unknown = await caught(host)
      const interceptor = createInterceptor(host, 'queuePrompt', {})
      interceptor.start()
      const { queuePrompt } = host
      if (!active) interceptor.stop()
      // Somebody else may call it after that too.
      host.queuePrompt = queuePrompt
      const error: unknown = await caught(host)
      expect(frames(error)).toEqual(frames(direct))
      expect(frames(error)[0]).toBe('TypeError: Failed to fetch')
    },
  )

  it('leaves an error that is no Error, is frozen or has no stack as it is', async () => {
    const noStack = Object.assign(new Error('no'), { stack: undefined })
    for (const thrown of ['text', null, Object.freeze(new Error('frozen')), noStack]) {
      const host: Host = { queuePrompt: () => Promise.reject(thrown) }
      createInterceptor(host, 'queuePrompt', {}).start()
      await expect(host.queuePrompt()).rejects.toBe(thrown)
    }
  })

  it('never stops the host by an error of its own', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const host: Host = { queuePrompt: async () => 'answer' }
    const bad = () => {
      throw new Error('ours')
    }
    createInterceptor(host, 'queuePrompt', { called: bad, answered: bad, ended: bad }).start()
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
      const interceptor = createInterceptor(host, 'queuePrompt', {})
      expect(interceptor.start()).toBe(true)
      interceptor.stop()
    }
    expect(Object.hasOwn(app, 'queuePrompt')).toBe(false)
    expect(app.queuePrompt()).toBe('inherited')
    expect(own.queuePrompt).toBe(queuePrompt)
  })

  it('makes the call when what stands around it does, or never, whichever of us wrapped first', async () => {
    const log: string[] = []
    const host: Host = { queuePrompt: async () => log.push('host') }
    const wrap = (name: string): void => {
      const { queuePrompt } = host
      host.queuePrompt = function wrapped(...given) {
        log.push(name)
        return queuePrompt.apply(this, given)
      }
    }
    let isLet = false
    wrap('before')
    const interceptor = createInterceptor(host, 'queuePrompt', {
      called: () => log.push('ours'),
      around: async (call, given) => (isLet ? call() : given),
    })
    interceptor.start()
    wrap('after')
    expect(await host.queuePrompt(7)).toEqual([7])
    expect(log.splice(0)).toEqual(['after'])
    isLet = true
    await host.queuePrompt(7)
    expect(log.splice(0)).toEqual(['after', 'ours', 'before', 'host'])
    isLet = false
    interceptor.stop()
    await host.queuePrompt(7)
    expect(log).toEqual(['after', 'before', 'host'])
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
    const interceptor = createInterceptor(host, 'queuePrompt', { called: () => log.push('ours') })
    interceptor.start()
    wrap('after')
    interceptor.stop()
    host.queuePrompt()
    expect(log.splice(0)).toEqual(['after', 'before', 'host'])
    interceptor.start()
    host.queuePrompt()
    expect(log).toEqual(['after', 'ours', 'before', 'host'])
  })

  it('is not there where the host has no such function, or does not let it in', () => {
    vi.spyOn(console, 'warn').mockReturnValue()
    expect(createInterceptor({}, 'queuePrompt', {}).start()).toBe(false)
    expect(
      createInterceptor(Object.freeze({ queuePrompt: () => 1 }), 'queuePrompt', {}).start(),
    ).toBe(false)
  })
})
