import { announcedCredits, provedCredits, type Spent } from '../history/charts/spent.ts'
import { formatCount, formatCredits } from '../i18n/format.ts'
import { formatShare } from '../i18n/format-period.ts'
import { usePluralTexts, useTexts, type TextKey } from '../i18n/texts.ts'
import { useSessionStore } from '../session/store.ts'
import { shownText } from '../ui/shown-text.ts'
import type { SeriesOf } from './spending-chart.ts'

/** Below this a change is noise. */
const LEAST_CHANGE = 0.005
const MAX_NAMES = 3

/** What was spent as a person reads it. Names come from outside. */
export function useSpendingWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const credits = (figure: number): string => formatCredits(figure, session.locale)

  return {
    credits,
    /** Confirmed and quoted credits stay apart; `extra` says what the figure leaves out. */
    spent: (spent: Spent): { figure: string; isQuoted: boolean; extra: string[] } => {
      const [confirmed, quoted] = [provedCredits(spent), announcedCredits(spent)]
      const isQuoted = confirmed === 0 && quoted > 0
      const extra: string[] = []
      if (!isQuoted && quoted > 0) extra.push(t('spending.andQuoted', { credits: credits(quoted) }))
      if (spent.open > 0) {
        const count = formatCount(spent.open, session.locale)
        extra.push(plural('spending.pending', spent.open, { count }))
      }
      return { figure: credits(isQuoted ? quoted : confirmed), isQuoted, extra }
    },
    /** "↑ 24% vs yesterday"; null where nothing can be compared. */
    change: (change: number | null, than: TextKey): string | null => {
      if (change === null) return null
      const values = { than: t(than), share: formatShare(Math.abs(change), session.locale) }
      if (Math.abs(change) < LEAST_CHANGE) return t('spending.same', values)
      return t(change > 0 ? 'spending.more' : 'spending.less', values)
    },
    share: (share: number): string => formatShare(share, session.locale),
    series: (of: SeriesOf): string => {
      if (of.kind !== 'names') return t(`series.${of.kind}`)
      const [some, more] = [of.names.slice(0, MAX_NAMES), of.names.length - MAX_NAMES]
      const names = some.map(shownText).join(' + ')
      return more > 0 ? t('series.andMore', { names, count: more }) : names
    },
  }
}
