import { describe, expect, it } from 'vitest'
import CcNotice from '../../../src/ui/CcNotice.vue'
import { viewTests } from '../support/view.ts'

const open = viewTests()

describe('a notice', () => {
  it('has its title before its text', async () => {
    const props = { tone: 'info', icon: 'coins', title: 'Nothing yet' }
    const notice = await open(CcNotice, { props, slot: 'Runs are listed here.' })
    expect(notice.get('strong').text()).toBe('Nothing yet')
    expect(notice.text()).toBe('Nothing yetRuns are listed here.')
  })

  it('has no empty title where there is none', async () => {
    const notice = await open(CcNotice, { props: { tone: 'good', icon: 'check' }, slot: 'Done.' })
    expect(notice.find('strong').exists()).toBe(false)
    expect(notice.text()).toBe('Done.')
  })

  it.each(['info', 'good', 'bad'])('looks %s', async (tone) => {
    const notice = await open(CcNotice, { props: { tone, icon: 'warning' } })
    expect(notice.classes()).toContain(`cc-notice-${tone}`)
  })

  it('hides its icon from screen readers: the words carry the meaning', async () => {
    const notice = await open(CcNotice, { props: { tone: 'bad', icon: 'warning' } })
    expect(notice.get('svg').attributes('aria-hidden')).toBe('true')
  })

  it('shows a title as text, whatever is in it', async () => {
    const title = '<img src=x onerror=alert(1)>'
    const notice = await open(CcNotice, { props: { tone: 'bad', icon: 'warning', title } })
    expect(notice.find('img').exists()).toBe(false)
    expect(notice.text()).toBe(title)
  })
})
