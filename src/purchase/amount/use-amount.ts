import { computed, ref, watch } from 'vue'
import {
  TOP_UP_DEFAULT_USD,
  TOP_UP_STEPS_USD_MICROS,
} from '@comfyui-credits/contract/top-up-amounts'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { useBalanceStore } from '../../balance/store.ts'
import { useSessionStore } from '../../session/store.ts'
import { fieldText, parseAmount, stepAmount, type Amount, type Typed, type Unit } from './amount.ts'
import { useAmountWords } from './use-amount-words.ts'
import { useNeeded } from './use-suggested-amount.ts'
import { useWriting } from './use-writing.ts'

/**
 * One amount in two fields: what is typed into one of them says what stands in the other. Begins with
 * `beginUsdMicros` where the person has just chosen that.
 */
export function useChosenAmount(beginUsdMicros: number | null) {
  const session = useSessionStore()
  const balance = useBalanceStore()
  const needed = useNeeded()
  /** What the person has chosen or typed; null before that. */
  const chosen = ref<Typed | null>(null)

  const begin = computed(
    () => beginUsdMicros ?? usdMicrosFromUsd(needed.value?.usd ?? TOP_UP_DEFAULT_USD),
  )
  const writing = useWriting()
  const takesCents = computed(() => balance.balance?.features.has('topup_cents') ?? false)
  const rules = computed(() => ({
    ...writing.value,
    stepUsdMicros: TOP_UP_STEPS_USD_MICROS[takesCents.value ? 'cents' : 'dollars'],
  }))
  const typed = computed(() => chosen.value ?? inUsd(begin.value))
  const amount = computed(() => parseAmount(typed.value, rules.value))

  // "1,000" is one in German: what was typed goes on to mean what it meant.
  watch(writing, (_now, before) => {
    if (chosen.value === null) return
    const meant = parseAmount(chosen.value, { ...rules.value, ...before })
    if (meant.state !== 'ok' || sameAmount(meant, amount.value)) return
    const { unit } = chosen.value
    chosen.value = { unit, text: fieldText(meant.usdMicros, unit, session.locale) }
  })

  function inUsd(usdMicros: number): Typed {
    return { unit: 'usd', text: fieldText(usdMicros, 'usd', session.locale) }
  }

  function textOf(unit: Unit): string {
    if (typed.value.unit === unit) return typed.value.text
    return amount.value.state === 'ok'
      ? fieldText(amount.value.usdMicros, unit, session.locale)
      : ''
  }

  /** From where that field stands. */
  function step(unit: Unit, byUsd: number): void {
    // Without an amount there is nothing in the other field, but the step goes on from this one.
    const from = textOf(unit) === '' ? typed.value : { unit, text: textOf(unit) }
    const text = stepAmount(from, byUsd, writing.value)
    chosen.value = { unit: from.unit, text }
  }

  return {
    needed,
    takesCents,
    amount,
    isTyped: (unit: Unit) => typed.value.unit === unit,
    textOf,
    type: (unit: Unit, text: string) => {
      chosen.value = { unit, text }
    },
    step,
    choose: (usd: number) => {
      chosen.value = inUsd(usdMicrosFromUsd(usd))
    },
    isChosen: (usd: number) =>
      amount.value.state === 'ok' && amount.value.usdMicros === usdMicrosFromUsd(usd),
    words: useAmountWords({ amount, typed }),
  }
}

function sameAmount(one: Amount, other: Amount): boolean {
  return one.state === 'ok' && other.state === 'ok' && one.usdMicros === other.usdMicros
}
