import { noFilter, type Filter } from '../history/list/filter.ts'
import { useHistoryListStore } from '../history/list/store.ts'
import { usePanelTabStore } from '../session/panel-tab.ts'

/** Goes to the History tab, filtered by this and nothing else. */
export function useOpenHistory(): (change?: Partial<Filter>) => void {
  const panelTab = usePanelTabStore()
  const list = useHistoryListStore()
  return (change = {}) => {
    list.look({ filter: { ...noFilter, ...change } })
    panelTab.open('history')
  }
}
