import { computed, type Ref } from 'vue'
import {
  TOP_UP_DEFAULT_USD,
  TOP_UP_MAX_USD,
  TOP_UP_MIN_USD,
} from '@comfyui-credits/contract/top-up-amounts'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { useTexts, type TextKey } from '../../i18n/texts.ts'
import { useMoney } from '../../session/use-money.ts'
import { useSessionStore } from '../../session/store.ts'
import { fieldText, type Amount, type Typed, type Unit } from './amount.ts'

type Problem = Exclude<Amount['state'], 'ok'>

const problems = {
  empty: { usd: 'buy.empty', credits: 'buy.empty' },
  unreadable: { usd: 'buy.unreadable', credits: 'buy.unreadableCredits' },
  'too-small': { usd: 'buy.tooSmall', credits: 'buy.tooSmallCredits' },
  'too-large': { usd: 'buy.tooLarge', credits: 'buy.tooLargeCredits' },
  'not-whole': { usd: 'buy.notWhole', credits: 'buy.notWhole' },
} as const satisfies Record<Problem, Record<Unit, TextKey>>

interface AmountWordsOptions {
  readonly amount: Readonly<Ref<Amount>>
  readonly typed: Readonly<Ref<Typed>>
}

/** What an amount comes to, or what is wrong with it. */
export function useAmountWords({ amount, typed }: AmountWordsOptions) {
  const t = useTexts()
  const money = useMoney()
  const session = useSessionStore()

  const values = computed(() => {
    const { unit } = typed.value
    const format = unit === 'usd' ? money.wholeUsd : money.credits
    return {
      example: fieldText(usdMicrosFromUsd(TOP_UP_DEFAULT_USD), unit, session.locale),
      min: format(usdMicrosFromUsd(TOP_UP_MIN_USD)),
      max: format(usdMicrosFromUsd(TOP_UP_MAX_USD)),
    }
  })

  return computed(() => {
    if (amount.value.state !== 'ok') {
      const problem = t(problems[amount.value.state][typed.value.unit], values.value)
      return { makes: t('buy.makesNothing'), problem }
    }
    const { usdMicros, roundedUpFrom } = amount.value
    const both = { credits: money.credits(usdMicros), usd: money.wholeUsd(usdMicros) }
    return {
      makes: t(roundedUpFrom === null ? 'buy.makes' : 'buy.rounded', both),
      problem: null,
    }
  })
}
