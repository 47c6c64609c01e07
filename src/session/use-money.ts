import {
  exactCreditsFromUsdMicros,
  shownCreditsFromUsdMicros,
  usdFromUsdMicros,
} from '@comfyui-credits/contract/money'
import { useTexts } from '../i18n/texts.ts'
import { useSessionStore } from './store.ts'
import {
  formatCredits,
  formatExactCredits,
  formatExactUsd,
  formatUsd,
  isTiny,
} from '../i18n/format.ts'

/** Amounts in micro-USD as text in the language of the panel; follows a change of language. */
export function useMoney() {
  const t = useTexts()
  const session = useSessionStore()

  return {
    /** A balance that two decimals would show as "-0" is in words. */
    credits: (usdMicros: number): string =>
      isJustBelowZero(usdMicros)
        ? t('balance.justBelowZero')
        : formatCredits(shownCreditsFromUsdMicros(usdMicros), session.locale),
    usd: (usdMicros: number): string => formatUsd(usdFromUsdMicros(usdMicros), session.locale),
    /** Without cents where there are none. */
    wholeUsd: (usdMicros: number): string =>
      formatUsd(usdFromUsdMicros(usdMicros), session.locale, { whole: true }),
    /** Credits and dollars to the last micro-USD, for what `credits` is too coarse for; else null. */
    exact: (usdMicros: number): { credits: string; usd: string } | null =>
      isTiny(shownCreditsFromUsdMicros(usdMicros))
        ? {
            credits: formatExactCredits(exactCreditsFromUsdMicros(usdMicros), session.locale),
            usd: formatExactUsd(usdFromUsdMicros(usdMicros), session.locale),
          }
        : null,
  }
}

/** Negative, but by less than half a hundredth of a credit. */
export function isJustBelowZero(usdMicros: number): boolean {
  return usdMicros < 0 && isTiny(shownCreditsFromUsdMicros(usdMicros))
}
