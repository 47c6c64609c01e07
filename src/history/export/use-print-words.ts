import { useTexts } from '../../i18n/texts.ts'
import { useClockStore } from '../../session/clock.ts'
import { useSessionStore } from '../../session/store.ts'
import { formatCount, formatExactMoment, formatMoment } from '../../i18n/format.ts'
import { certaintyOf } from '../cost.ts'
import { totalsOf } from '../list/totals.ts'
import { useListWords } from '../list/use-list-words.ts'
import type { HistoryRow } from '../row.ts'
import { useRowWords } from '../use-row-words.ts'
import type { PrintCell, PrintPage } from './print-page.ts'

/** Some sixty pages; more than that is nothing for paper. */
export const MOST_PRINTED = 2000

/** The list as it is read on paper. */
export function usePrintWords() {
  const t = useTexts()
  const session = useSessionStore()
  const clock = useClockStore()
  const words = useRowWords()
  const listWords = useListWords()

  /** `part`: of how much of the history the rows are; null when it is all. */
  function page(
    rows: readonly HistoryRow[],
    chosen: readonly string[],
    part: { readonly loaded: number; readonly total: number } | null,
  ): PrintPage {
    const count = formatCount(rows.length, session.locale)
    const most = formatCount(MOST_PRINTED, session.locale)
    return {
      title: t('out.heading'),
      language: session.language ?? '',
      direction: session.direction,
      lines: [
        formatExactMoment(clock.now(), session.locale),
        [listWords.entries(rows.length), ...chosen].join(' · '),
        ...listWords.sums(totalsOf(rows)),
        ...(part === null ? [] : [listWords.part(part)]),
        ...(rows.length > MOST_PRINTED ? [t('out.onlyFirst', { most, all: count })] : []),
      ],
      head: [
        cell(t('history.when')),
        cell(t('history.what')),
        cell(t('history.status')),
        cell(t('history.credits'), true),
        cell(t('out.certainty')),
      ],
    }
  }

  function cells(row: HistoryRow): PrintCell[] {
    const what = [words.title(row), words.detail(row)].filter((part) => part !== '')
    return [
      cell(row.at === null ? '–' : formatMoment(row.at, clock.now(), session.locale)),
      cell(what.join(' · ')),
      cell(words.status(row)),
      cell(words.change(row), true),
      cell(t(`out.is-${certaintyOf(row.change)}`)),
    ]
  }

  return { page, cells }
}

function cell(text: string, isFigure = false): PrintCell {
  return { text, isFigure }
}
