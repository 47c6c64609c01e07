import { usePluralTexts, useTexts, type Translate } from '../i18n/texts.ts'
import { useDenialWords } from '../billing-account/use-denial-words.ts'
import { useSessionStore } from '../session/store.ts'
import { formatCount, formatSignedCredits } from '../i18n/format.ts'
import { isolatedText } from '../i18n/isolate.ts'
import { shownText } from '../ui/shown-text.ts'
import { useMoney } from '../session/use-money.ts'
import type { Cost, Measures } from '../reconciliation/verdict.ts'
import { changedCredits, changedUsdMicros } from './cost.ts'
import type { HistoryRow, Tokens } from './row.ts'

/** More of them are counted, and named in the opened row. */
const NODES_NAMED = 2

/** Of one line; each is short itself. */
const MOST_PARTS = 10

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
      const { input, output } = tokensOf(row)
      const tokens =
        input === null && output === null
          ? null
          : t('history.tokensInOut', { input: count(input), output: count(output) })
      const calls =
        row.calls > 1 ? plural('history.calls', row.calls, { count: count(row.calls) }) : null
      const [first, ...parts] = detailParts(row, titleOf(row, t), [tokens, calls], t)
      // The line goes the way of its first part, so that its beginning is not what is cut.
      return [first, ...parts.map((part) => isolatedText(part, session.locale))].join(' · ')
    },
    /** What else is to be said of what it cost; empty where the figure says it all. */
    verdict: ({ word, revised, denial, parts, status }: HistoryRow): string[] => {
      const words: string[] = []
      const refusal = denials.ofRun(denial ?? undefined)
      if (refusal !== null) words.push(refusal)
      if (word === 'nothing-delivered') words.push(t(nothingDelivered(status)))
      if (revised) words.push(revisedOf(revised, t, money.credits))
      for (const { unreadable } of parts?.events ?? []) {
        if (unreadable !== null) words.push(t('history.unreadable', { raw: shownText(unreadable) }))
      }
      return words
    },
    status: (row: HistoryRow): string => statusOf(row, t),
    /** Only where it is worth a word: success is the usual. */
    notableStatus: (row: HistoryRow): string | null => (isUsual(row) ? null : statusOf(row, t)),
    /** What the change comes to in dollars, without a sign; null where there is no figure to say. */
    usd: ({ change }: HistoryRow): string | null => {
      const usdMicros = changedUsdMicros(change)
      return usdMicros === null || usdMicros === 0 ? null : money.usd(Math.abs(usdMicros))
    },
    change: (row: HistoryRow): string => changeOf(row, t, session.locale),
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

/** The kind says it already, or there is nothing that could have gone wrong. */
function isUsual({ kind, status }: HistoryRow): boolean {
  if (kind === 'refused' || kind === 'run') return kind === 'run' && status === 'succeeded'
  return kind !== 'usage' || status === 'succeeded' || status === 'unknown'
}

function nothingDelivered(status: HistoryRow['status']) {
  const isStopped = status === 'cancelled' || status === 'interrupted'
  return isStopped ? 'history.nothingDeliveredStopped' : 'history.nothingDelivered'
}

function takes({ change }: HistoryRow): boolean {
  return change.basis === 'actual' && change.usdMicros < 0
}

/** Each is a name of its own direction, or words of ours with figures. */
function detailParts(
  row: HistoryRow,
  title: string,
  measures: readonly (string | null)[],
  t: Translate,
): string[] {
  const names = (all: readonly (string | null)[]): string[] =>
    all.flatMap((name) => (name === null || name === '' || name === title ? [] : shownText(name)))
  const what = costsCredits(row)
    ? [...names([shortNodeNames(row), modelsOf(row).join(', ')]), ...measures]
    : []
  const keys = row.apiKeys.map((name) => t('history.apiKey', { name: shownText(name) }))
  return [...what, ...names(row.members), ...keys]
    .filter((part) => part !== null)
    .slice(0, MOST_PARTS)
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
  if (row.change.basis === 'none') return costsCredits(row) ? formatCount(0, locale) : ''
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

/** The first of them, and how many more there are. */
function shortNodeNames({ nodes }: HistoryRow): string | null {
  if (nodes.length === 0) return null
  const more = nodes.length - NODES_NAMED
  const named = nodes.slice(0, NODES_NAMED).join(', ')
  return more > 0 ? `${named} +${more}` : named
}

/** Of a run of this page the account may say them only by its verdict so far. */
function measuresOf({ parts }: HistoryRow): Measures[] {
  return parts?.verdict?.calls.flatMap(({ measures }) => measures ?? []) ?? []
}

function modelsOf(row: HistoryRow): readonly string[] {
  if (row.models.length > 0 || row.parts === null) return row.models
  return [...new Set(measuresOf(row).flatMap(({ model }) => model ?? []))]
}

function tokensOf(row: HistoryRow): Tokens {
  if (row.tokens) return row.tokens
  const measures = row.parts === null ? [] : measuresOf(row)
  return {
    input: sumOf(measures.map(({ inputTokens }) => inputTokens)),
    output: sumOf(measures.map(({ outputTokens }) => outputTokens)),
  }
}

function sumOf(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce((sum, one) => (one === null ? sum : (sum ?? 0) + one), null)
}
