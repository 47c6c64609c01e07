import { creditsFromUsdMicros, usdFromUsdMicros } from '@comfyui-credits/contract/money'
import { useSessionStore } from './store.ts'
import { formatCredits, formatUsd } from '../i18n/format.ts'

/** Amounts in micro-USD as text in the person's language; follows a change of language. */
export function useMoney() {
  const session = useSessionStore()
  return {
    credits: (usdMicros: number): string =>
      formatCredits(creditsFromUsdMicros(usdMicros), session.locale),
    usd: (usdMicros: number): string => formatUsd(usdFromUsdMicros(usdMicros), session.locale),
    /** Without cents where there are none. */
    wholeUsd: (usdMicros: number): string =>
      formatUsd(usdFromUsdMicros(usdMicros), session.locale, { whole: true }),
  }
}
