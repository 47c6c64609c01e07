import { useThrottleFn } from '@vueuse/core'
import { computed, shallowRef, watch, type Ref } from 'vue'
import type { HistoryRow } from '../history/row.ts'
import { useHistoryStore } from '../history/store.ts'
import { usePanelTabStore } from '../session/panel-tab.ts'
import { useSessionStore } from '../session/store.ts'

/** While something runs the rows change several times a second; nobody reads figures so fast. */
const AGAIN_MS = 1000

/**
 * The rows of the history, newest first, as long as Overview can be seen: nothing is added up for a
 * tab in the background. Null while they are not known.
 */
export function useVisibleRows(): Readonly<Ref<readonly HistoryRow[] | null>> {
  const session = useSessionStore()
  const history = useHistoryStore()
  const panelTab = usePanelTabStore()
  const isVisible = computed(() => session.shown && panelTab.tab === 'overview')
  const rows = shallowRef(history.rows)
  const follow = useThrottleFn(() => (rows.value = history.rows), AGAIN_MS, true)
  watch(
    () => (isVisible.value ? history.rows : rows.value),
    (next) => {
      // The first rows, and none, are shown at once.
      if (next === null || rows.value === null) rows.value = next
      else if (next !== rows.value) void follow()
    },
  )
  return rows
}
