import { defineStore } from 'pinia'
import { ref, watch } from 'vue'
import { browserStorage, writeText } from '../storage/browser-storage.ts'
import { storedName } from '../storage/stored-data.ts'
import { useSessionStore } from './store.ts'

export const panelTabs = ['overview', 'history', 'limits', 'settings'] as const
export type PanelTab = (typeof panelTabs)[number]

const PREFIX = storedName('tab')

/** Which tab of the panel is open. Each login returns to the tab it left; its first is Overview. */
export const usePanelTabStore = defineStore('panel-tab', () => {
  const session = useSessionStore()
  const tab = ref<PanelTab>('overview')
  /** How often something other than the tab itself asked for it, so that the focus can follow. */
  const timesOpened = ref(0)

  watch(
    () => session.account?.id,
    (accountId) => {
      tab.value = accountId === undefined ? 'overview' : readTab(accountId)
    },
    { immediate: true, flush: 'sync' },
  )

  function choose(next: PanelTab): void {
    tab.value = next
    if (session.account) writeTab(session.account.id, next)
  }

  /** For commands and links. */
  function open(next: PanelTab): void {
    choose(next)
    timesOpened.value += 1
  }

  return { tab, timesOpened, choose, open }
})

function readTab(accountId: string): PanelTab {
  const stored = browserStorage().getItem(PREFIX + accountId)
  return panelTabs.find((one) => one === stored) ?? 'overview'
}

/** A full or forbidden storage costs the tab at the next start, and nothing now. */
function writeTab(accountId: string, tab: PanelTab): void {
  writeText(browserStorage(), PREFIX + accountId, tab)
}
