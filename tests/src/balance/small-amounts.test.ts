import { beforeAll, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { balanceStatus, find, panelTests, rows } from '../support/panel.ts'

const open = panelTests()
beforeAll(() => import('../../../src/history/RowDetails.vue'))
const plain = (element: HTMLElement) => element.textContent.replaceAll(/\s+/g, ' ').trim()

describe('an amount that two decimals cannot show', () => {
  it('is "slightly below zero" as a balance, with its exact value beside it', async () => {
    const { element } = open({ of: new PanelAccount(-0.00001) })
    await vi.waitFor(() => expect(balanceStatus().dataset['usdCents']).toBe('-0.001'))
    expect(plain(balanceStatus())).toBe('slightly below zero −$0.00001')
    expect(element.textContent).toContain('Your balance is negative')
    expect(element.textContent).not.toMatch(/-0(\D|$)|-\$0\.00(\D|$)/)
  })

  it('is "< 0.01" as a charge, and exact in the details', async () => {
    const event = {
      event_id: 'e1',
      event_type: 'api_usage_completed',
      createdAt: new Date().toISOString(),
      params: { api_name: 'aurora', charge_micro_usd: 10 },
    }
    open({ of: new PanelAccount(10, [event]) })
    await vi.waitFor(() => expect(rows('usage')).toHaveLength(1))
    expect(plain(find('.cc-cell-credits', rows('usage')[0]))).toBe('< 0.01< $0.01')
    expect(plain(find('.cc-result'))).toContain('< 0.01 credits (< $0.01) spent')
    find('tr[data-kind] button[aria-expanded]').click()
    const details = await vi.waitFor(() => find('.cc-details'))
    expect(plain(details)).toContain('Total0.00211$0.00001')
  })
})
