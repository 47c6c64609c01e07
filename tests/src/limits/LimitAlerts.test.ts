import 'fake-indexeddb/auto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { samplePaidWorkflow } from '../../../sandbox/panel/sample-workflow.ts'
import { noLimits, type Limit, type LimitSettings } from '../../../src/limits/limit.ts'
import { storeSettings } from '../../../src/limits/stored-settings.ts'
import { guardTests } from '../support/guard-tests.ts'
import { panelTests, type OpenPanel } from '../support/panel.ts'

const open = panelTests()

const limit = (credits: number, action: Limit['action'] = 'stop'): Limit => ({
  id: 'a',
  period: 'day',
  scope: { kind: 'all' },
  usdMicros: usdMicrosFromCredits(credits),
  action,
})

/** Logged in with what is set, and the guard is there. */
async function alerted(settings: Partial<LimitSettings>, usd = 10): Promise<OpenPanel> {
  storeSettings(localStorage, 'token:person', { ...noLimits, ...settings })
  const panel = open({ of: new PanelAccount(usd), openWorkflow: samplePaidWorkflow, shown: false })
  await vi.waitFor(() => expect(panel.host.isGated()).toBe(true))
  return panel
}

guardTests()
beforeAll(() => import('../../../src/limits/LimitAlerts.vue'))
beforeAll(() => import('../../../locales/en/limits.json'))

describe('the host’s toast', () => {
  it('says that so much of a limit is used', async () => {
    const { host } = await alerted({ limits: [limit(15)] })
    expect(await host.pressRun(0, 1)).toBe(true)
    await vi.waitFor(() => expect(host.toasts).toHaveLength(1))
    expect(host.toasts[0]).toMatchObject({
      severity: 'warn',
      summary: 'You’ve used 80% of a spending limit',
      detail:
        '0 of 15 credits today, resets at midnight · 12.66 credits reserved for runs not finished yet',
    })
  })

  it('says what a limit does that is reached', async () => {
    const { host } = await alerted({ limits: [limit(10, 'warn')] })
    expect(await host.pressRun(0, 1)).toBe(true)
    await vi.waitFor(() => expect(host.toasts).toHaveLength(1))
    expect(host.toasts[0]?.summary).toBe('Spending limit reached')
    expect(host.toasts[0]?.detail).toContain(' · This limit only warns: runs go on.')
  })

  it('says that the balance is low', async () => {
    const { host } = await alerted({ lowBalanceUsdMicros: usdMicrosFromCredits(200) }, 0.5)
    await vi.waitFor(() => expect(host.toasts).toHaveLength(1))
    expect(host.toasts[0]).toMatchObject({
      summary: 'Your balance is low',
      detail: '105.50 credits left. You asked to be warned below 200.',
    })
  })
})
