import { until } from '@vueuse/core'
import { onScopeDispose, type Ref } from 'vue'
import { useCreditsContext } from '../context.ts'
import { useTexts, type TextPartState } from '../i18n/texts.ts'
import { useMoney } from '../session/use-money.ts'
import { useGuardStore } from './store.ts'

/** Auto-queue would say the same after each run. */
const AGAIN_AFTER_MS = 60_000

/** The host's toast says that a run goes on that may cost more than there is. */
export function useWarnings(texts: Readonly<Ref<TextPartState>>): void {
  const { host } = useCreditsContext()
  const t = useTexts()
  const money = useMoney()
  const guard = useGuardStore()
  let lastAt = -Infinity

  onScopeDispose(
    guard.onWarning(async (cost, { balanceUsdMicros, reserved }) => {
      const now = performance.now()
      if (now - lastAt < AGAIN_AFTER_MS) return
      lastAt = now
      if ((await until(texts).not.toBe('loading')) === 'failed') return
      const left = balanceUsdMicros - reserved.minUsdMicros
      const credits = money.credits(left)
      const isKnown = left < cost.maxUsdMicros || cost.unknown === 0
      const key = isKnown ? 'guard.warnText' : 'guard.warnUnknown'
      host.toast?.({
        id: 'guard',
        severity: 'warn',
        summary: t('guard.warnTitle'),
        detail: t(key, { cost: money.credits(cost.maxUsdMicros), credits }),
      })
    }),
  )
}
