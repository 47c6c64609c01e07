import { defineStore } from 'pinia'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { Account } from '../host/port.ts'
import { directionOf, formatLocale } from '../i18n/closest-language.ts'
import { forgetErrors } from '../api/recent-errors.ts'
import { supportedLocale } from '../i18n/format.ts'

/** Whose panel this is, in which language, and whether it can be seen right now. */
export const useSessionStore = defineStore('session', () => {
  const { host } = useCreditsContext()
  const account = shallowRef<Account | null>(host.account())
  /** What the person has chosen in the host; the texts may be in another language. */
  const hostLocale = ref(supportedLocale(host.locale()))
  const shown = ref(false)
  /** Nobody asks or reads for a panel that was never opened. */
  const wasShown = ref(false)
  watch(shown, (now) => {
    if (now) wasShown.value = true
  })
  /** Of our texts: the one we have that is closest to `hostLocale`; null until it is loaded. */
  const language = ref<string | null>(null)
  const direction = computed(() => (language.value === null ? 'ltr' : directionOf(language.value)))

  /** Of figures, dates and plurals: that of the texts on screen, in the host's region if it can be. */
  const locale = computed(() => formatLocale(hostLocale.value, language.value))

  forgetErrors()
  const offAccount = host.onAccountChange((next) => {
    account.value = next
    forgetErrors()
  })
  const offLocale = host.onLocaleChange((next) => {
    hostLocale.value = supportedLocale(next)
  })
  onScopeDispose(() => {
    offAccount()
    offLocale()
  })

  function speak(next: string | null): void {
    language.value = next
  }

  return { account, hostLocale, locale, language, direction, speak, shown, wasShown }
})
