import {
  exactCreditsFromUsdMicros,
  shownCreditsFromUsdMicros,
  usdFromUsdMicros,
} from '@comfyui-credits/contract/money'
import { formatCredits, formatUsd } from '../../src/i18n/format.ts'

const LANGUAGE = 'en'

/** "1,234.5 credits ($5.85)" */
export function creditsInWords(usdMicros: number): string {
  const credits = formatCredits(shownCreditsFromUsdMicros(usdMicros), LANGUAGE)
  return `${credits} credits (${formatUsd(usdFromUsdMicros(usdMicros), LANGUAGE)})`
}

/** Null where the amount is not known. */
export const exactCredits = (usdMicros: number | null): number | null =>
  usdMicros === null ? null : exactCreditsFromUsdMicros(usdMicros)
