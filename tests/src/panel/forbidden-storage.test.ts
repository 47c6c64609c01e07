import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { deleteStoredData } from '../../../src/storage/stored-data.ts'
import { balanceStatus, button, find, panelTests } from '../support/panel.ts'

const open = panelTests()

afterEach(() => vi.restoreAllMocks())
// A chunk of its own: the test should not have to wait until it is made.
beforeAll(() => import('../../../src/purchase/BuyDialog.vue'))

/** localStorage whose every method throws this. */
function throwing(error: unknown): Storage {
  const fail = (): never => {
    throw error
  }
  return {
    get length() {
      return fail()
    },
    key: fail,
    getItem: fail,
    setItem: fail,
    removeItem: fail,
    clear: fail,
  }
}

const forbidden = new DOMException('no', 'SecurityError')
/** As Firefox throws it for a damaged profile; it is no DOMException. */
const damaged = Object.assign(new Error('damaged'), { name: 'NS_ERROR_FILE_CORRUPTED' })
const damagedDatabases = {
  open() {
    throw damaged
  },
  deleteDatabase() {
    throw damaged
  },
} as unknown as IDBFactory

it.each([
  [
    'forbids storage',
    () => {
      throw forbidden
    },
  ],
  ['has no storage', () => null],
  ['forbids to read and to write', () => throwing(forbidden)],
  ['has a damaged storage', () => throwing(damaged)],
])(
  'shows the balance and sells where the browser %s, and says that nothing is kept',
  async (_, storage) => {
    vi.spyOn(window, 'localStorage', 'get').mockImplementation(storage as () => Storage)
    vi.spyOn(window, 'indexedDB', 'get').mockReturnValue(damagedDatabases)
    vi.spyOn(window, 'open').mockReturnValue(null)
    open()
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    button('Buy credits').click()
    await vi.waitFor(() => find('dialog form'))
    find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await vi.waitFor(() => {
      expect(find('dialog').textContent).toContain('The payment tab did not open')
      expect(find('dialog').textContent).toContain('Your browser saves nothing for this page')
    })
  },
)

it.each([
  [
    'localStorage',
    () => vi.spyOn(window, 'localStorage', 'get').mockReturnValue(throwing(damaged)),
  ],
  ['its databases', () => vi.spyOn(window, 'indexedDB', 'get').mockReturnValue(damagedDatabases)],
])('says what could not be deleted where the browser refuses %s', async (_, refuse) => {
  refuse()
  await expect(deleteStoredData()).rejects.toBeInstanceOf(DOMException)
})
