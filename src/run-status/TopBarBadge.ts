import { computed, defineComponent, onScopeDispose, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useFreshBalance } from '../balance/use-fresh-balance.ts'
import { useCreditsContext } from '../context.ts'
import type { BarText } from '../host/port.ts'
import { useTextPart, useTexts } from '../i18n/texts.ts'
import { useSessionStore } from '../session/store.ts'
import { formatCredits } from '../i18n/format.ts'
import { useMoney } from '../session/use-money.ts'
import { useRunsStore } from '../runs/store.ts'
import { useRunWords } from './use-run-words.ts'

/** The host's top bar says what the run that goes on costs, else the balance. Draws nothing itself. */
export default defineComponent(() => {
  const { host } = useCreditsContext()
  const texts = useTextPart('history')
  const badge = useBadgeWords()
  useFreshBalance()

  const said = computed(() => (texts.value === 'ready' ? badge() : null))
  watch(said, (now) => host.showInBar('badge', now), { immediate: true })
  onScopeDispose(() => host.showInBar('badge', null))
  return () => null
})

function useBadgeWords(): () => BarText {
  const t = useTexts()
  const session = useSessionStore()
  const money = useMoney()
  const runs = useRunsStore()
  const balance = useBalanceStore()
  const words = useRunWords()

  return () => {
    const { running } = runs
    if (running) {
      const { announcedCredits } = running
      const name = words.name(running)
      return {
        label:
          announcedCredits === null
            ? t('live.badgeRunning')
            : t('live.badgeSoFar', { credits: formatCredits(announcedCredits, session.locale) }),
        hint: t('live.badgeRunningHint', { name, cost: words.soFar(running) }),
      }
    }
    const { figure } = balance
    if (figure === null) return { label: '–', hint: t('live.badgeUnknown') }
    const credits = money.credits(figure.usdMicros)
    const hint = t(figure.fresh ? 'live.badgeBalance' : 'live.badgeLastKnown', { credits })
    return { label: credits, hint, ...(figure.usdMicros < 0 && { isNegative: true }) }
  }
}
