import { usePluralTexts, useTexts } from '../../i18n/texts.ts'
import { useSessionStore } from '../../session/store.ts'
import { formatPeriod, formatShare } from '../../i18n/format-period.ts'
import { formatCount, formatCredits } from '../../i18n/format.ts'
import { shownText } from '../../ui/shown-text.ts'
import type { Period, PeriodUnit } from './periods.ts'
import type { SplitBy } from '../pieces.ts'
import type { SeriesOf } from './per-day.ts'
import { announcedCredits, provedCredits, type Spent } from './spent.ts'

const MAX_NAMES = 3

/** Periods, series and sums as a person reads them. Names come from outside. */
export function useChartWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const credits = (figure: number): string => formatCredits(figure, session.locale)

  function sums(spent: Spent): string[] {
    const { announcedHundredths, open } = spent
    const said = [t('pictures.sumProved', { credits: credits(provedCredits(spent)) })]
    if (announcedHundredths > 0)
      said.push(t('pictures.sumAnnounced', { credits: credits(announcedCredits(spent)) }))
    if (open > 0)
      said.push(plural('pictures.sumOpen', open, { count: formatCount(open, session.locale) }))
    return said
  }

  return {
    credits,
    period: ({ from }: Period, unit: PeriodUnit): string => {
      const day = formatPeriod(from, unit === 'week' ? 'day' : unit, session.locale)
      return unit === 'week' ? t('pictures.weekOf', { day }) : day
    },
    share: (share: number | null): string =>
      share === null ? '–' : formatShare(share, session.locale),
    series: (of: SeriesOf, by: SplitBy): string => {
      if (of.kind !== 'names') return t(`pictures.${of.kind}`)
      const [some, more] = [of.names.slice(0, MAX_NAMES), of.names.length - MAX_NAMES]
      const named = some.map(shownText).join(' + ')
      const names = more > 0 ? t('pictures.andMore', { names: named, count: more }) : named
      return of.names.length > 1 ? t(`pictures.several-${by}`, { names }) : names
    },
    /** For where there is little room; what is announced comes second. */
    figures: (spent: Spent): string => {
      const proved = credits(provedCredits(spent))
      if (spent.announcedHundredths === 0) return proved
      return `${proved} + ${credits(announcedCredits(spent))}`
    },
    /** Never one figure: what is proved, what was announced, and of how many not all is known. */
    sums,
    /** The same in one line. */
    sum: (spent: Spent): string => sums(spent).join(' · '),
  }
}
