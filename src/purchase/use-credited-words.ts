import { useTexts } from '../i18n.ts'
import { useMoney } from '../ui/use-money.ts'
import type { PurchaseState } from './flow.ts'

export type Credited = Extract<PurchaseState, { step: 'credited' }>

/** "before → after" as figures and as a sentence; `before` is null where it was not known. */
export function useCreditedWords() {
  const t = useTexts()
  const money = useMoney()

  return (credited: Credited) => {
    const after = money.credits(credited.afterUsdMicros)
    if (credited.beforeUsdMicros === null) {
      const added = money.credits(credited.usdMicros)
      return { before: null, after, sentence: t('buy.creditedTextNoBefore', { added, after }) }
    }
    const before = money.credits(credited.beforeUsdMicros)
    return { before, after, sentence: t('buy.creditedText', { before, after }) }
  }
}
