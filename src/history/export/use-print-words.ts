import { usdFromUsdMicros } from '@comfyui-credits/contract/money'
import { useCreditsContext } from '../../context.ts'
import { useTexts } from '../../i18n/texts.ts'
import { useBillingAccountStore } from '../../billing-account/store.ts'
import { useClockStore } from '../../session/clock.ts'
import { useSessionStore } from '../../session/store.ts'
import { useMoney } from '../../session/use-money.ts'
import {
  formatCount,
  formatDay,
  formatExactMoment,
  formatMoment,
  isTiny,
} from '../../i18n/format.ts'
import { shownText } from '../../ui/shown-text.ts'
import { certaintyOf, changedUsdMicros } from '../cost.ts'
import { totalsOf } from '../list/totals.ts'
import { useListWords } from '../list/use-list-words.ts'
import type { HistoryRow } from '../row.ts'
import type { OlderRuns } from '../store.ts'
import { useRowWords } from '../use-row-words.ts'
import type { BalanceAfter } from './export-row.ts'
import type { PrintCell, PrintColumn, PrintPage } from './print-page.ts'

/** Some sixty pages; more than that is nothing for paper. */
export const MOST_PRINTED = 2000

export interface Printed {
  readonly rows: readonly HistoryRow[]
  /** What they were chosen by, in words; nothing when they are all. */
  readonly chosen: readonly string[]
  /** Of how much of the history they are; null when it is all. */
  readonly part: { readonly loaded: number; readonly total: number } | null
  /** Which runs of this browser are not among them. */
  readonly olderRuns: OlderRuns | null
}

/** The list as it is read on paper: a statement that one can hand to a bookkeeper. */
export function usePrintWords() {
  const t = useTexts()
  const session = useSessionStore()
  const clock = useClockStore()
  const listWords = useListWords()
  const account = useAccountName()
  const moment = (): string => formatExactMoment(clock.now(), session.locale)

  function page(printed: Printed): PrintPage {
    const title = t('out.heading')
    return {
      title,
      language: session.language ?? '',
      direction: session.direction,
      facts: facts(printed).filter(({ values }) => values.length > 0),
      columns: [
        column(t('history.when'), 15),
        column(t('history.what'), 23),
        column(t('history.status'), 13),
        column(t('history.credits'), 12, true),
        column(t('history.usd'), 13, true),
        column(t('list.balance'), 12, true),
        column(t('out.certainty'), 12),
      ],
      foot: [title, account(), moment(), t('out.page')].join(' · '),
    }
  }

  function facts({ rows, chosen, part, olderRuns }: Printed): PrintPage['facts'] {
    const most = formatCount(MOST_PRINTED, session.locale)
    const all = formatCount(rows.length, session.locale)
    const missing = [
      part === null ? [] : listWords.part(part),
      listWords.olderRuns(olderRuns),
      rows.length > MOST_PRINTED ? t('out.onlyFirst', { most, all }) : [],
    ].flat()
    return [
      { name: t('out.account'), values: [account()] },
      { name: t('out.period'), values: periodOf(rows, session.locale) },
      { name: t('out.filter'), values: chosen.length > 0 ? chosen : [t('out.everything')] },
      { name: t('out.entries'), values: [all, ...missing] },
      { name: t('out.sums'), values: listWords.sums(totalsOf(rows)) },
      { name: t('out.created'), values: [moment()] },
    ]
  }

  return { page, cells: usePrintCells() }
}

/** A row of the list in the columns of the page. */
function usePrintCells() {
  const t = useTexts()
  const session = useSessionStore()
  const clock = useClockStore()
  const words = useRowWords()
  const money = useMoney()

  function cells(row: HistoryRow, balance: BalanceAfter): PrintCell[] {
    const after = balance(row)
    const usdMicros = changedUsdMicros(row.change)
    return [
      { text: row.at === null ? '–' : formatMoment(row.at, clock.now(), session.locale) },
      { text: words.title(row), more: words.detail(row) },
      { text: words.status(row) },
      { text: words.change(row) },
      { text: usdMicros === null ? '–' : signedUsd(usdMicros) },
      { text: after === null ? '–' : money.credits(after) },
      { text: t(`out.is-${certaintyOf(row.change)}`) },
    ]
  }

  /** As the credits beside it: with a minus sign, but for what is too little to have one. */
  function signedUsd(usdMicros: number): string {
    const isBelowCents = isTiny(usdFromUsdMicros(usdMicros))
    return money.usd(isBelowCents ? Math.abs(usdMicros) : usdMicros)
  }

  return cells
}

/** Whose credits they are, as far as the host says it. */
function useAccountName(): () => string {
  const t = useTexts()
  const { host } = useCreditsContext()
  const billing = useBillingAccountStore()
  return () => {
    const { workspace } = billing
    if (workspace !== null && workspace.type !== 'personal') return shownText(workspace.name)
    const person = host.personName()
    return person === null ? t('out.personal') : `${t('out.personal')} · ${shownText(person)}`
  }
}

/** From the first day to the last. */
function periodOf(rows: readonly HistoryRow[], locale: string): string[] {
  let [first, last] = [Infinity, -Infinity]
  for (const { at } of rows) {
    if (at === null) continue
    first = Math.min(first, at)
    last = Math.max(last, at)
  }
  if (first > last) return []
  const [from, to] = [formatDay(first, locale), formatDay(last, locale)]
  return [from === to ? from : `${from} – ${to}`]
}

function column(head: string, width: number, isFigure = false): PrintColumn {
  return { head, width, isFigure }
}
