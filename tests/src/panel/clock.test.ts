import { HttpResponse } from 'msw'
import { expect, it, vi } from 'vitest'
import { button, find, panelTests } from '../support/panel.ts'

const open = panelTests()
const HOUR_S = 3600
const DAY_S = 24 * HOUR_S

function token(ageSeconds: number): string {
  const iat = Math.floor(Date.now() / 1000) - ageSeconds
  return `h.${btoa(JSON.stringify({ iat, exp: iat + HOUR_S }))}.s`
}

it.each([
  ['2 days ahead', 2 * DAY_S],
  ['3 hours behind', -3 * HOUR_S],
])('says that the clock is %s where that makes the login look wrong', async (said, age) => {
  const { host, credits, element } = open({
    tab: 'overview',
    shown: false,
    answers: (usual) => ({ ...usual, balance: () => new HttpResponse(null, { status: 401 }) }),
  })
  Object.assign(host, { authHeaders: async () => ({ Authorization: `Bearer ${token(age)}` }) })
  credits.mount(element)
  await vi.waitFor(() => button('Refresh balance').click())
  await vi.waitFor(() =>
    expect(find('[role=alert]').textContent).toContain(`Your computer’s clock is ${said}`),
  )
})

it('blames the login where the clock is right', async () => {
  const { host, credits, element } = open({
    tab: 'overview',
    shown: false,
    answers: (usual) => ({ ...usual, balance: () => new HttpResponse(null, { status: 401 }) }),
  })
  Object.assign(host, { authHeaders: async () => ({ Authorization: `Bearer ${token(60)}` }) })
  credits.mount(element)
  await vi.waitFor(() =>
    expect(find('[role=alert]').textContent).toContain('Your login was not accepted'),
  )
  expect(find('[role=alert]').textContent).not.toContain('clock')
})
