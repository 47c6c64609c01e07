import { exactCreditsFromUsdMicros, usdFromUsdMicros } from '@comfyui-credits/contract/money'
import type { CreditAmount } from './comfy-credits.d.ts'

export function amountOf(usdMicros: number): CreditAmount {
  return {
    credits: exactCreditsFromUsdMicros(usdMicros),
    usd: usdFromUsdMicros(usdMicros),
  }
}
