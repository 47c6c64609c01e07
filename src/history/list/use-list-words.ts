import { usePluralTexts, useTexts } from '../../i18n/texts.ts'
import { useSessionStore } from '../../session/store.ts'
import { formatCount, formatCredits, formatDay } from '../../i18n/format.ts'
import { shownText } from '../../ui/shown-text.ts'
import { useMoney } from '../../session/use-money.ts'
import type { OlderRuns } from '../store.ts'
import type { Grouping, RowGroup } from './group.ts'
import type { Moved, Totals } from './totals.ts'

/** After what was spent, in the order they are read. */
const moved = [
  'unknown-charge',
  'payment-refunded',
  'disputed',
  'adjusted-down',
  'added',
  'credits-refunded',
  'dispute-won',
  'adjusted-up',
  'unknown-credit',
] as const satisfies readonly Moved[]

export type ListWords = ReturnType<typeof useListWords>

/** Sums and groups of the list as a person reads them. */
export function useListWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()
  const count = (number: number): string => formatCount(number, session.locale)
  const entries = (number: number): string =>
    plural('list.entries', number, { count: count(number) })

  function namesOf(names: readonly string[], by: Grouping): string {
    const all = shownText(names.join(', '))
    if (names.length < 2 || (by !== 'node' && by !== 'model')) return all
    return t(`listGroup.several-${by}`, { names: all })
  }

  function group({ key, by }: RowGroup): string {
    switch (key.is) {
      case 'day':
        return formatDay(key.from, session.locale)
      case 'names':
        return namesOf(key.names, by)
      case 'unknown':
        return t('list.groupUnknown')
      case 'other':
        return t('list.groupOther')
    }
  }

  /** Each kind of figure for itself; nothing of what there is none of. */
  function sums(totals: Totals): string[] {
    const { spentUsdMicros, atLeastUsdMicros, announcedHundredths } = totals
    const unpriced = plural('list.unpriced', totals.unknown, { count: count(totals.unknown) })
    return [
      spentUsdMicros !== 0 &&
        t('list.spent', { credits: money.credits(spentUsdMicros), usd: money.usd(spentUsdMicros) }),
      atLeastUsdMicros !== 0 && t('list.atLeast', { credits: money.credits(atLeastUsdMicros) }),
      announcedHundredths > 0 &&
        t('list.announced', { credits: formatCredits(announcedHundredths / 100, session.locale) }),
      totals.unknown > 0 && unpriced,
      ...moved.map(
        (one) => totals[one] !== 0 && t(`movement.${one}`, { credits: money.credits(totals[one]) }),
      ),
    ].filter((said) => said !== false)
  }

  /** Beside figures that older runs are not in. */
  function olderRuns(which: OlderRuns | null): string[] {
    if (which === null) return []
    return [t(which === 'reading' ? 'list.olderReading' : 'list.olderUnread')]
  }

  /** How many of how many there are, and what they come to. */
  function result(totals: Totals, all: number): string {
    const found =
      totals.rows === all
        ? entries(all)
        : t('list.found', { count: count(totals.rows), all: count(all) })
    return [found, ...sums(totals)].join(' · ')
  }

  /** Of how much of the account's events the figures are. */
  function part({ loaded, total }: { readonly loaded: number; readonly total: number }): string {
    return t('list.partOf', { loaded: count(loaded), total: count(total) })
  }

  return { entries, count, group, sums, result, part, olderRuns }
}
