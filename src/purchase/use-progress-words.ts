import { useTexts, type TextKey } from '../i18n/texts.ts'
import type { IconName } from '../ui/CcIcon.vue'
import { useErrorText } from '../session/use-error-text.ts'
import { useMoney } from '../session/use-money.ts'
import { isLost, type FailureCode, type Progress } from './engine/flow.ts'
import { useCreditedWords } from './use-credited-words.ts'

type Step = Exclude<Progress['step'], 'credited' | 'failed'>

const looks = {
  creating: { icon: 'clock', title: 'buy.creating', text: 'buy.creatingText' },
  opening: { icon: 'clock', title: 'buy.awaitingTitle', text: 'buy.openingText' },
  awaiting: { icon: 'clock', title: 'buy.awaitingTitle', text: 'buy.awaitingText' },
  blocked: { icon: 'warning', title: 'buy.blockedTitle', text: 'buy.blockedText' },
  paid: { icon: 'refresh', title: 'buy.paidTitle', text: 'buy.paidText' },
  cancelled: { icon: 'cross', title: 'buy.cancelledTitle', text: 'buy.cancelledText' },
  expired: { icon: 'clock', title: 'buy.expiredTitle', text: 'buy.expiredText' },
  declined: { icon: 'warning', title: 'buy.declinedTitle', text: 'buy.declinedText' },
  undecided: { icon: 'clock', title: 'buy.undecidedTitle', text: 'buy.undecidedText' },
  closed: { icon: 'cross', title: 'buy.closedTitle', text: 'buy.closedText' },
} as const satisfies Record<Step, { icon: IconName; title: TextKey; text: TextKey }>

const ofTheCard: Partial<Record<FailureCode, TextKey>> = {
  'no-card': 'charge.noCard',
  'card-declined': 'charge.declined',
  'charge-refused': 'charge.refused',
}

export interface ProgressWords {
  readonly icon: IconName
  readonly title: string
  readonly text: string
}

/** How a purchase stands, and what to do about it. */
export function useProgressWords() {
  const t = useTexts()
  const money = useMoney()
  const wordsOfCredited = useCreditedWords()
  const wordsOfFailure = useFailureWords()

  return (progress: Progress): ProgressWords => {
    const usd = money.usd(progress.purchase.usdMicros)
    if (progress.step === 'credited') {
      const text = wordsOfCredited(progress).sentence
      return { icon: 'check', title: t('buy.creditedTitle'), text }
    }
    if (progress.step === 'failed') {
      const text = wordsOfFailure(progress.code)
      return { icon: 'warning', title: t('buy.failedTitle'), text }
    }
    if (isLost(progress)) {
      const card = progress.purchase.way === 'card'
      const text = t(card ? 'charge.unsure' : 'buy.lostText', { usd })
      return { icon: 'warning', title: t('buy.lostTitle'), text }
    }
    // There is no other tab to pay it in.
    const inside = progress.purchase.way === 'embedded' && progress.step === 'awaiting'
    const { icon, title, text } = looks[inside ? 'opening' : progress.step]
    return { icon, title: t(title), text: t(text, { usd }) }
  }
}

export function useFailureWords() {
  const t = useTexts()
  const errorText = useErrorText()
  return (code: FailureCode): string => {
    const card = ofTheCard[code]
    if (card) return t(card)
    return errorText(code as Exclude<FailureCode, 'no-card' | 'card-declined' | 'charge-refused'>)
  }
}
