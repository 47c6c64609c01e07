import { computed, type Ref } from 'vue'
import { TOP_UP_MAX_USD, TOP_UP_MIN_USD } from '@comfyui-credits/contract/limits'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { useTexts, type TextKey } from '../../i18n/texts.ts'
import { useSessionStore } from '../../session/store.ts'
import { formatCredits } from '../../i18n/format.ts'
import { useMoney } from '../../session/use-money.ts'
import type { Amount, Typed, Unit } from './amount.ts'

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
  readonly takesCents: Readonly<Ref<boolean>>
}

/** What an amount comes to, or what is wrong with it. */
export function useAmountWords({ amount, typed, takesCents }: AmountWordsOptions) {
  const t = useTexts()
  const money = useMoney()
  const session = useSessionStore()

  const bounds = computed(() => {
    const format = typed.value.unit === 'usd' ? money.wholeUsd : money.credits
    return {
      min: format(usdMicrosFromUsd(TOP_UP_MIN_USD)),
      max: format(usdMicrosFromUsd(TOP_UP_MAX_USD)),
    }
  })

  return computed(() => {
    if (amount.value.state !== 'ok') {
      const problem = t(problems[amount.value.state][typed.value.unit], bounds.value)
      return { makes: t('buy.makesNothing'), rounded: null, problem }
    }
    const { usdMicros, roundedUpFrom } = amount.value
    const values = { credits: money.credits(usdMicros), usd: money.wholeUsd(usdMicros) }
    const asked = roundedUpFrom === null ? null : formatCredits(roundedUpFrom, session.locale)
    return {
      makes: t('buy.makes', values),
      rounded:
        asked &&
        t(takesCents.value ? 'buy.roundedCents' : 'buy.roundedDollars', { ...values, asked }),
      problem: null,
    }
  })
}
