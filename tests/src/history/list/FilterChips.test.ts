import { describe, expect, it } from 'vitest'
import FilterChips from '../../../../src/history/list/FilterChips.vue'
import { useHistoryListStore } from '../../../../src/history/list/store.ts'
import { named, viewTests } from '../../support/view.ts'

const open = viewTests()

describe('the chips of the filter', () => {
  it('name each thing that is filtered by, but not the search, which is seen anyway', async () => {
    const chips = await open(FilterChips, { texts: 'history' })
    expect(chips.find('button').exists()).toBe(false)
    const list = useHistoryListStore(chips.vm.$pinia)
    list.filterBy({ time: 'week', outcomes: ['failed'], workflows: ['Castle', '<b>'], text: 'x' })
    await chips.vm.$nextTick()
    expect(chips.findAll('button').map((chip) => chip.text())).toEqual([
      'Last 7 days',
      'Failed',
      'Castle',
      '<b>',
    ])
  })

  it('take that one thing back', async () => {
    const chips = await open(FilterChips, { texts: 'history' })
    const list = useHistoryListStore(chips.vm.$pinia)
    list.filterBy({ time: 'week', workflows: ['Castle', 'Portrait'] })
    await chips.vm.$nextTick()
    await named(chips, 'button', 'Remove filter: Castle').trigger('click')
    expect(list.view.filter).toMatchObject({ time: 'week', workflows: ['Portrait'] })
    await named(chips, 'button', 'Remove filter: Last 7 days').trigger('click')
    expect(list.view.filter).toMatchObject({ time: null, workflows: ['Portrait'] })
  })
})
