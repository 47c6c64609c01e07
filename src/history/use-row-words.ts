import { usePluralTexts, useTexts, type Translate } from '../i18n/texts.ts'
import { useDenialWords } from '../billing-account/use-denial-words.ts'
import { useSessionStore } from '../session/store.ts'
import type { IconName } from '../ui/CcIcon.vue'
import { formatCount, formatSignedCredits } from '../i18n/format.ts'
import { shownText } from '../ui/shown-text.ts'
import { useMoney } from '../session/use-money.ts'
import type { Cost } from '../reconciliation/verdict.ts'
import { changedCredits } from './cost.ts'
import type { HistoryRow } from './row.ts'

/** Of one line; each is short itself. */
const MOST_PARTS = 10

const kindIcons = {
  run: 'bolt',
  usage: 'bolt',
  'top-up': 'plus',
  refund: 'adjust',
  dispute: 'adjust',
  adjustment: 'adjust',
  account: 'user',
  other: 'dot',
  unexplained: 'dot',
  shared: 'bolt',
  refused: 'warning',
} as const satisfies Record<HistoryRow['kind'], IconName>

const statusIcons = {
  running: 'clock',
  succeeded: 'check',
  failed: 'cross',
  cancelled: 'stop',
  interrupted: 'stop',
  cached: 'cached',
  lost: 'dot',
  unknown: 'dot',
} as const satisfies Record<HistoryRow['status'], IconName>

export type RowWords = ReturnType<typeof useRowWords>

/** A row of the history as a person reads it. */
export function useRowWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()
  const denials = useDenialWords()
  const count = (number: number | null): string =>
    number === null ? '–' : formatCount(number, session.locale)

  return {
    title: (row: HistoryRow): string => shownText(titleOf(row, t)),
    /** What the title leaves out: nodes, models, how many calls. */
    detail: (row: HistoryRow): string => {
      if (row.kind === 'unexplained') {
        return t(takes(row) ? 'history.unexplainedText' : 'history.unexplainedInText')
      }
      if (row.kind === 'shared') {
        return plural('history.sharedText', row.calls, { count: count(row.calls) })
      }
      if (row.kind === 'refused') return refusalOf(row, t)
      const calls =
        row.calls > 1 ? plural('history.calls', row.calls, { count: count(row.calls) }) : null
      return detailOf(row, titleOf(row, t), calls, t)
    },
    /** What else is to be said of what it cost; empty where the figure says it all. */
    verdict: ({ word, revised, denial, parts }: HistoryRow): string[] => {
      const words: string[] = []
      const refusal = denials.ofRun(denial ?? undefined)
      if (refusal !== null) words.push(refusal)
      if (word === 'nothing-delivered') words.push(t('history.nothingDelivered'))
      if (revised) words.push(revisedOf(revised, t, money.credits))
      for (const { unreadable } of parts?.events ?? []) {
        if (unreadable !== null) words.push(t('history.unreadable', { raw: shownText(unreadable) }))
      }
      return words
    },
    status: (row: HistoryRow): string => statusOf(row, t),
    tokens: ({ tokens }: HistoryRow): string | null =>
      tokens &&
      t('history.tokensInOut', { input: count(tokens.input), output: count(tokens.output) }),
    change: (row: HistoryRow): string => changeOf(row, t, session.locale),
    kindIcon: (row: HistoryRow): IconName => kindIcons[row.kind],
    statusIcon: (row: HistoryRow): IconName => statusIcons[row.status],
  }
}

function titleOf(row: HistoryRow, t: Translate): string {
  switch (row.kind) {
    case 'top-up':
      return t('history.topUp')
    // Of a payment they take credit away; support gives credit back, and so does a won dispute.
    case 'refund':
      return t(takes(row) ? 'history.paymentRefunded' : 'history.creditsRefunded')
    case 'dispute':
      return t(takes(row) ? 'history.paymentDisputed' : 'history.disputeEnded')
    case 'adjustment':
      return t('history.adjustment')
    case 'account':
      return t('history.account')
    case 'unexplained':
      return t(takes(row) ? 'history.unexplained' : 'history.unexplainedIn')
    case 'shared':
      return t('history.shared')
    case 'other':
      return row.eventType ?? t('runStatus.unknown')
    case 'usage':
      return row.nodes[0] ?? row.models[0] ?? t('history.usage')
    case 'refused':
      return row.workflow ?? t('history.run')
    case 'run':
      return row.workflow ?? nodeNames(row) ?? row.models[0] ?? t('history.run')
  }
}

function revisedOf(before: Cost, t: Translate, credits: (usdMicros: number) => string): string {
  if (before.usdMicros === 0 && before.certainty === 'proved') return t('history.revisedNothing')
  return t('history.revised', { before: credits(before.usdMicros ?? 0) })
}

/** In the server's own code where there are no words of ours for it. */
function refusalOf({ eventType: code }: HistoryRow, t: Translate): string {
  switch (code) {
    case 'prompt_outputs_failed_validation':
    case 'prompt_no_outputs':
    case 'missing_node_type':
      return t(`refusal.${code}`)
    case null:
      return t('refusal.unknown')
    default:
      return t('refusal.other', { code: shownText(code) })
  }
}

function takes({ change }: HistoryRow): boolean {
  return change.basis === 'actual' && change.usdMicros < 0
}

function detailOf(row: HistoryRow, title: string, calls: string | null, t: Translate): string {
  const names = (all: readonly (string | null)[]): string[] =>
    all.flatMap((name) => (name === null || name === '' || name === title ? [] : shownText(name)))
  const what = costsCredits(row) ? [...names([nodeNames(row), row.models.join(', ')]), calls] : []
  const keys = row.apiKeys.map((name) => t('history.apiKey', { name: shownText(name) }))
  return [...what, ...names(row.members), ...keys]
    .filter((part) => part !== null)
    .slice(0, MOST_PARTS)
    .join(' · ')
}

function statusOf(row: HistoryRow, t: Translate): string {
  if (row.kind === 'unexplained' || row.kind === 'shared') return t('runStatus.open')
  if (row.kind === 'refused') return t('refusal.status')
  // A limit that was reached is no lack of credits.
  if (row.denial?.reason && row.denial.reason !== 'no_funds') return t('history.reasonDenied')
  if (row.reason === 'payment-required') return t('history.reasonPayment')
  if (row.reason === 'unauthorized') return t('history.reasonLogin')
  return t(`runStatus.${row.status}`)
}

function changeOf(row: HistoryRow, t: Translate, locale: string): string {
  if (row.change.basis === 'none') return costsCredits(row) ? t('history.nothingCharged') : ''
  const credits = changedCredits(row.change)
  if (credits !== null) return formatSignedCredits(credits, locale)
  return costsCredits(row) ? t('history.unknown') : '–'
}

function costsCredits(row: HistoryRow): boolean {
  return row.kind === 'run' || row.kind === 'usage' || row.kind === 'refused'
}

function nodeNames(row: HistoryRow): string | null {
  return row.nodes.length === 0 ? null : row.nodes.join(', ')
}
