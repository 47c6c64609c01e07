import {
  exactCreditsFromUsdMicros,
  shownCreditsFromUsdMicros,
  usdFromUsdMicros,
} from '@comfyui-credits/contract/money'
import { formatCredits, formatUsd } from '../../src/i18n/format.ts'

const LANGUAGE = 'en'

/** "-1,234.5 credits (-$5.85)": with a hyphen, as a terminal or a cron mail may know ASCII only. */
export function creditsInWords(usdMicros: number): string {
  const credits = formatCredits(shownCreditsFromUsdMicros(usdMicros), LANGUAGE)
  const words = `${credits} credits (${formatUsd(usdFromUsdMicros(usdMicros), LANGUAGE)})`
  return words.replaceAll('\u2212', '-')
}

/** Null where the amount is not known. */
export const exactCredits = (usdMicros: number | null): number | null =>
  usdMicros === null ? null : exactCreditsFromUsdMicros(usdMicros)
