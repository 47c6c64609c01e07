import { HttpResponse } from 'msw'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { balanceStatus, button, find, panelTests } from '../support/panel.ts'

const open = panelTests()

const errors = vi.fn()
beforeEach(() => {
  for (const type of ['error', 'unhandledrejection']) window.addEventListener(type, errors)
})
afterEach(() => {
  for (const type of ['error', 'unhandledrejection']) window.removeEventListener(type, errors)
  errors.mockReset()
})

/** JSON as a service that is wrong might write it. */
const answer = (amount: string) =>
  HttpResponse.text(`{"amount_micros":${amount},"currency":"usd"}`, {
    headers: { 'Content-Type': 'application/json' },
  })

it.each(['1e308', '-1e308', '1e309', '9007199254740993', '"1000"', 'null'])(
  'a balance of %s is an error, and the figure that was known stays',
  async (amount) => {
    let now = '1000'
    const { credits } = open({
      tab: 'overview',
      answers: (usual) => ({ ...usual, balance: () => answer(now) }),
    })
    await vi.waitFor(() => expect(balanceStatus().textContent).toContain('2,110'))
    now = amount
    button('Refresh balance').click()
    await vi.waitFor(() =>
      expect(find('[role=alert]').textContent).toContain(
        'Unexpected response from the credits service',
      ),
    )
    expect(balanceStatus().textContent).toContain('2,110')
    // And at the next start.
    credits.dispose()
    document.body.replaceChildren()
    open({ tab: 'overview', answers: (usual) => ({ ...usual, balance: () => answer(now) }) })
    await vi.waitFor(() =>
      expect(find('[role=alert]').textContent).toContain(
        'Unexpected response from the credits service',
      ),
    )
    expect(balanceStatus().textContent).toContain('2,110')
    expect(errors).not.toHaveBeenCalled()
  },
)
