import { afterEach, describe, expect, it, vi } from 'vitest'
import { inOneTab } from '../../../src/storage/tab-lock.ts'
import { fullStorage } from '../support/panel.ts'

/** happy-dom has no Web Locks, as browsers on plain http have none: this is the lease. */
const never = new AbortController().signal
const KEY = 'comfyui-credits:turn:test'

afterEach(() => localStorage.clear())

/** Work that lasts until it is let go. */
function work(log: string[], name: string) {
  const ends: (() => void)[] = []
  return {
    end: () => ends.forEach((end) => end()),
    run: (taken: AbortSignal) => {
      log.push(`${name} begins`)
      taken.addEventListener('abort', () => log.push(`${name} is taken`))
      return new Promise<string>((resolve) => {
        ends.push(() => {
          log.push(`${name} ends`)
          resolve(name)
        })
      })
    },
  }
}

describe('a turn, without Web Locks', () => {
  it('is had by one tab at a time', async () => {
    const log: string[] = []
    const [one, two] = [work(log, 'one'), work(log, 'two')]
    const first = inOneTab('test', one.run, { signal: never })
    await vi.waitFor(() => expect(log).toEqual(['one begins']))
    const second = inOneTab('test', two.run, { signal: never })
    one.end()
    expect(await first).toBe('one')
    await vi.waitFor(() => expect(log).toEqual(['one begins', 'one ends', 'two begins']))
    two.end()
    expect(await second).toBe('two')
    expect(localStorage.getItem(KEY)).toBeNull()
  })

  it('is had by one of two that ask at once', async () => {
    const log: string[] = []
    const [one, two] = [work(log, 'one'), work(log, 'two')]
    const both = [one, two].map(({ run }) => inOneTab('test', run, { signal: never }))
    await vi.waitFor(() => expect(log).toHaveLength(1))
    one.end()
    two.end()
    await vi.waitFor(() => expect(log).toHaveLength(3))
    one.end()
    two.end()
    await Promise.all(both)
    expect(log.filter((line) => line.endsWith('begins'))).toHaveLength(2)
    expect(log[1]?.split(' ')[1]).toBe('ends')
  })

  it('can be taken, of which the other tab hears', async () => {
    const log: string[] = []
    const [one, two] = [work(log, 'one'), work(log, 'two')]
    const first = inOneTab('test', one.run, { signal: never })
    await vi.waitFor(() => expect(log).toEqual(['one begins']))
    const second = inOneTab('test', two.run, { signal: never, steal: true })
    await vi.waitFor(() => expect(log).toContain('one is taken'))
    expect(log).toContain('two begins')
    one.end()
    two.end()
    await Promise.all([first, second])
  })

  it('runs out when its tab was killed', async () => {
    localStorage.setItem(KEY, `deadtab ${Date.now() - 1}`)
    expect(await inOneTab('test', () => Promise.resolve('had'), { signal: never })).toBe('had')
  })

  it('need not be waited for', async () => {
    localStorage.setItem(KEY, `othertab ${Date.now() + 60_000}`)
    const leaving = new AbortController()
    const waiting = inOneTab('test', () => Promise.resolve('had'), { signal: leaving.signal })
    leaving.abort()
    await expect(waiting).rejects.toThrow('abort')
  })

  it('is had by everybody where nothing can be written', async () => {
    const full = vi.spyOn(window, 'localStorage', 'get').mockReturnValue(fullStorage)
    expect(await inOneTab('test', () => Promise.resolve('had'), { signal: never })).toBe('had')
    full.mockRestore()
  })
})
