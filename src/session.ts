import { defineStore } from 'pinia'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { useCreditsContext } from './context.ts'
import type { Account } from './host/port.ts'
import { supportedLocale } from './ui/format.ts'

/** Whose panel this is, in which language, and whether it can be seen right now. */
export const useSessionStore = defineStore('session', () => {
  const { host } = useCreditsContext()
  const account = shallowRef<Account | null>(host.account())
  const locale = ref(supportedLocale(host.locale()))
  const shown = ref(false)

  const offAccount = host.onAccountChange((next) => {
    account.value = next
  })
  const offLocale = host.onLocaleChange((next) => {
    locale.value = supportedLocale(next)
  })
  onScopeDispose(() => {
    offAccount()
    offLocale()
  })

  return { account, locale, shown }
})
