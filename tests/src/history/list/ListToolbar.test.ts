import { describe, expect, it, vi } from 'vitest'
import texts from '../../../../locales/en/history.json' with { type: 'json' }
import FilterFields from '../../../../src/history/list/FilterFields.vue'
import ListToolbar from '../../../../src/history/list/ListToolbar.vue'
import { useHistoryListStore } from '../../../../src/history/list/store.ts'
import { named, viewTests } from '../../support/view.ts'

const { list: words } = texts.comfyuiCredits
const open = viewTests()

async function openToolbar() {
  const toolbar = await open(ListToolbar, { texts: 'history' })
  const [group, sort] = toolbar.findAll('select')
  if (!group || !sort) throw new Error(`Two choices are missing in ${toolbar.html()}`)
  return {
    toolbar,
    group,
    sort,
    search: toolbar.get('input'),
    filters: named(toolbar, 'button', words.filters),
    list: useHistoryListStore(toolbar.vm.$pinia),
  }
}

describe('the tools of the list', () => {
  it('are a search region with a name', async () => {
    const { toolbar } = await openToolbar()
    expect(toolbar.attributes()).toMatchObject({ role: 'search', 'aria-label': words.tools })
  })

  it('search for what is typed, and for nothing once it is cleared', async () => {
    const { toolbar, search, list } = await openToolbar()
    expect(toolbar.find(`[aria-label="${words.clearSearch}"]`).exists()).toBe(false)
    await search.setValue('castle')
    expect(list.view.filter.text).toBe('castle')
    await named(toolbar, 'button', words.clearSearch).trigger('click')
    expect(list.view.filter.text).toBe('')
    expect((search.element as HTMLInputElement).value).toBe('')
  })

  it('clear the search by Escape, and leave the next Escape to the host’s dialog', async () => {
    const { search, list } = await openToolbar()
    const heard: boolean[] = []
    const hear = (event: Event) => heard.push(event.defaultPrevented)
    window.addEventListener('keydown', hear)
    await search.setValue('castle')
    await search.trigger('keydown', { key: 'Escape' })
    expect([list.view.filter.text, heard]).toEqual(['', []])
    await search.trigger('keydown', { key: 'Escape' })
    expect(heard).toEqual([false])
    window.removeEventListener('keydown', hear)
  })

  it('group the list, and no more', async () => {
    const { group, list } = await openToolbar()
    await group.setValue('workflow')
    expect(list.view.group).toBe('workflow')
    await group.setValue('')
    expect(list.view.group).toBeNull()
  })

  it('sort the list, and show how it is sorted', async () => {
    const { sort, list } = await openToolbar()
    expect((sort.element as HTMLSelectElement).value).toBe('newest')
    await sort.setValue('longest')
    expect(list.view.sort).toEqual({ by: 'duration', descending: true })
    list.look({ sort: { by: 'what', descending: false } })
    await sort.trigger('focus')
    expect((sort.element as HTMLSelectElement).value).toBe('name')
  })

  it('open the filters below their button', async () => {
    const { toolbar, filters } = await openToolbar()
    expect(filters.attributes('aria-expanded')).toBe('false')
    expect(toolbar.findComponent(FilterFields).exists()).toBe(false)
    await filters.trigger('click')
    expect(filters.attributes('aria-expanded')).toBe('true')
    const fields = toolbar.get(`[id="${filters.attributes('aria-controls')}"]`)
    expect(fields.attributes()).toMatchObject({ role: 'group', 'aria-label': words.filters })
    await filters.trigger('click')
    expect(toolbar.findComponent(FilterFields).exists()).toBe(false)
  })

  it('count what is filtered by, without the search, which is seen anyway', async () => {
    const { filters, list } = await openToolbar()
    list.filterBy({ text: 'castle', workflows: ['Castle'] })
    await filters.trigger('focus')
    expect(filters.text()).toBe(words.filtersSet.replace('{count}', '1'))
  })

  it('close what they opened by Escape, which the host’s dialog does not hear, and by a click outside', async () => {
    const { toolbar, filters } = await openToolbar()
    const heard = vi.fn()
    window.addEventListener('keydown', heard)
    for (const within of ['.cc-filters select', '[aria-expanded=true]']) {
      await filters.trigger('click')
      await toolbar.get(within).trigger('keydown', { key: 'Escape' })
      expect(toolbar.findComponent(FilterFields).exists()).toBe(false)
    }
    window.removeEventListener('keydown', heard)
    expect(heard).not.toHaveBeenCalled()
    expect(document.activeElement).toBe(filters.element)

    await filters.trigger('click')
    // What follows a click outside is watched for once the one that opened is over.
    await new Promise((resolve) => setTimeout(resolve))
    document.body.click()
    await vi.waitFor(() => expect(toolbar.findComponent(FilterFields).exists()).toBe(false))
  })

  it('open one thing at a time', async () => {
    const { toolbar, filters } = await openToolbar()
    await filters.trigger('click')
    await named(toolbar, 'button', texts.comfyuiCredits.out.title).trigger('click')
    expect(filters.attributes('aria-expanded')).toBe('false')
    expect(toolbar.findAll('.cc-popover')).toHaveLength(1)
  })
})
