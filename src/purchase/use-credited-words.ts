import { useTexts } from '../i18n/texts.ts'
import { useMoney } from '../session/use-money.ts'
import type { Progress } from './engine/flow.ts'

export type Credited = Extract<Progress, { step: 'credited' }>

/** "before → after" as figures and as a sentence; `before` is null where it was not known. */
export function useCreditedWords() {
  const t = useTexts()
  const money = useMoney()

  return ({ purchase, afterUsdMicros }: Credited) => {
    const added = money.credits(purchase.usdMicros)
    const after = money.credits(afterUsdMicros)
    if (purchase.beforeUsdMicros === null) {
      return { before: null, after, sentence: t('buy.creditedTextNoBefore', { added, after }) }
    }
    const before = money.credits(purchase.beforeUsdMicros)
    return { before, after, sentence: t('buy.creditedText', { added, before, after }) }
  }
}
