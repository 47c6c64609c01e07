import { afterEach, expect, it, vi } from 'vitest'
import { browserStorage } from '../../../src/storage/browser-storage.ts'

afterEach(() => {
  vi.restoreAllMocks()
  localStorage.clear()
})

it('is localStorage where that works', () => {
  const storage = browserStorage()
  storage.setItem('a', '1')
  expect(localStorage.getItem('a')).toBe('1')
  expect([storage.length, storage.key(0), storage.getItem('a')]).toEqual([1, 'a', '1'])
  storage.removeItem('a')
  expect(storage.getItem('a')).toBeNull()
  localStorage.setItem('b', '2')
  storage.clear()
  expect(localStorage.length).toBe(0)
})

it.each([
  ['a DOMException', new DOMException('no', 'SecurityError')],
  ['an error of the browser’s own', new Error('NS_ERROR_FILE_CORRUPTED')],
])('reads nothing and refuses to store where each method throws %s', (_what, error) => {
  const storage = browserStorage()
  const methods = ['key', 'getItem', 'setItem', 'removeItem', 'clear'] as const
  const failing = Object.fromEntries(
    methods.map((name) => [
      name,
      () => {
        throw error
      },
    ]),
  )
  vi.spyOn(window, 'localStorage', 'get').mockReturnValue(failing as unknown as Storage)
  expect(storage.getItem('a')).toBeNull()
  expect(storage.key(0)).toBeNull()
  expect(() => storage.removeItem('a')).not.toThrow()
  expect(() => storage.clear()).not.toThrow()
  expect(() => storage.setItem('a', '1')).toThrow(DOMException)
})
