import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { balanceStatus, button, find, panelTests } from '../support/panel.ts'

const open = panelTests()

beforeEach(() => {
  vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
    throw new DOMException('no', 'SecurityError')
  })
})
afterEach(() => vi.restoreAllMocks())
// A chunk of its own: the test should not have to wait until it is made.
beforeAll(() => import('../../../src/purchase/BuyDialog.vue'))

it('shows the balance and sells where the browser forbids storage, and says that nothing is kept', async () => {
  vi.spyOn(window, 'open').mockReturnValue(null)
  open()
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
  button('Buy credits').click()
  await vi.waitFor(() => find('dialog form'))
  find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await vi.waitFor(() => {
    expect(find('dialog').textContent).toContain('The payment tab did not open')
    expect(find('dialog').textContent).toContain('Your browser keeps nothing for this page')
  })
})
