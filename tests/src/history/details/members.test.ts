import { beforeAll, expect, it, vi } from 'vitest'
import { membersOf } from '../../../../src/history/members.ts'
import { newEvent } from '../../../support/builders/account-event.ts'
import { NOON } from '../../../support/builders/run.ts'
import { PanelAccount } from '../../../../sandbox/panel/account.ts'
import { find, panelTests, rows } from '../../support/panel.ts'

const open = panelTests()
beforeAll(() => import('../../../../src/history/RowDetails.vue'))

it('a workspace’s event says whose it is, in its row and in the details', async () => {
  const event = {
    event_id: 'e1',
    event_type: 'api_usage_completed',
    createdAt: new Date().toISOString(),
    params: { api_name: 'aurora', charge_micro_usd: 60_000 },
    member_display_name: 'Ann Lee',
    member_email: 'ann@example.com',
    api_key_name: 'CI <b>',
  }
  open({ of: new PanelAccount(10, [event]) })
  await vi.waitFor(() => expect(rows('usage')).toHaveLength(1))
  expect(rows('usage')[0]?.textContent).toContain('Ann Lee · API key: CI <b>')
  const groupings = [...document.querySelectorAll('.cc-choose option')].map((option) =>
    option.getAttribute('value'),
  )
  expect(groupings).toEqual(expect.arrayContaining(['member', 'api-key']))
  find('tr[data-kind] button[aria-expanded]').click()
  const details = await vi.waitFor(() => find('.cc-details'))
  expect(details.textContent).toContain('MemberAnn Lee (ann@example.com)')
  expect(details.textContent).toContain('API keyCI <b>')
  expect(details.querySelector('b')).toBeNull()
})

it('a run whose events are not loaded is of who was stored with it', () => {
  const event = newEvent('api_usage_completed', NOON)
  expect(membersOf([], ['Ann Lee'])).toEqual(['Ann Lee'])
  expect(membersOf([event], ['Ann Lee'])).toEqual(['Ann Lee'])
  expect(membersOf([{ ...event, memberName: 'Bob' }], ['Ann Lee'])).toEqual(['Bob'])
})
