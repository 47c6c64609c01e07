import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { browserStorage } from '../../storage/browser-storage.ts'
import { usePageTime } from '../../session/use-page-time.ts'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useSessionStore } from '../../session/store.ts'
import type { HistoryRow } from '../row.ts'
import { useHistoryStore } from '../store.ts'
import { facetsOf } from './facets.ts'
import { countSet, noFilter, testOf, type Filter } from './filter.ts'
import { groupRows, type RowGroup } from './group.ts'
import { plainView, readView, writeView, type View } from './stored-view.ts'
import { sortRows, sortValues } from './sort.ts'
import { totalsOf } from './totals.ts'

const MINUTE_MS = 60_000

/** What of the history is shown and in which order; each step is done again only when it has to be. */
export const useHistoryListStore = defineStore('history-list', () => {
  const session = useSessionStore()
  const history = useHistoryStore()
  const { view, look } = useView()

  const all = computed((): readonly HistoryRow[] => history.rows ?? [])
  const sort = computed(() => view.value.sort)
  /** Names are the person's own, whatever language the texts are in. */
  const collator = computed(() => new Intl.Collator(session.hostLocale, { numeric: true }))
  const sortedBy = computed(() => sort.value.by)
  const values = computed(() => sortValues(all.value, sortedBy.value, collator.value))
  const sorted = computed(() => sortRows(all.value, sort.value, () => values.value))
  const test = useTest(() => view.value.filter)
  const rows = computed(() =>
    test.value === null ? sorted.value : sorted.value.filter(test.value),
  )
  /** In another order the same rows come to the same. */
  const totals = computed(() => totalsOf(test.value === null ? all.value : rows.value))
  const grouping = computed(() => view.value.group)
  const groups = computed((): readonly RowGroup[] | null =>
    grouping.value === null ? null : groupRows(rows.value, grouping.value),
  )
  const facets = computed(() => facetsOf(all.value))

  return {
    view,
    look,
    /** Of the filter, what is said of it; the rest stays. */
    filterBy: (change: Partial<Filter>): void =>
      look({ filter: { ...view.value.filter, ...change } }),
    reset: (): void => look({ filter: noFilter }),
    set: computed(() => countSet(view.value.filter)),
    /** Before any filter. */
    all,
    /** Filtered and sorted. */
    rows,
    groups,
    totals,
    facets,
  }
})

/** Kept for each account and billing account, and followed from one to the other. */
function useView() {
  const billing = useBillingAccountStore()
  const view = shallowRef<View>(plainView)
  watch(
    () => billing.accountKey,
    (accountKey) => {
      view.value = accountKey === null ? plainView : readView(browserStorage(), accountKey)
    },
    { flush: 'sync', immediate: true },
  )
  function look(change: Partial<View>): void {
    view.value = { ...view.value, ...change }
    if (billing.accountKey !== null) writeView(browserStorage(), billing.accountKey, view.value)
  }
  return { view, look }
}

/** A filter by "today" lets other rows through when the day has changed. */
function useTest(filter: () => Filter) {
  const now = usePageTime({ interval: MINUTE_MS })
  const today = computed(() => new Date(now.value).setHours(0, 0, 0, 0))
  return computed(() => testOf(filter(), today.value))
}
