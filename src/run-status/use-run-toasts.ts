import { useDenialWords } from '../billing-account/use-denial-words.ts'
import { useCreditsContext } from '../context.ts'
import type { ToastMessage } from '../host/port.ts'
import { formatCount, formatCredits } from '../i18n/format.ts'
import { usePluralTexts, useTextPart, useTexts } from '../i18n/texts.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import type { Run } from '../runs/run.ts'
import { useMoney } from '../session/use-money.ts'
import { useSessionStore } from '../session/store.ts'
import { useRunWords } from './use-run-words.ts'

/** Of more runs that end together it is only said that they did: nobody reads ten toasts. */
const MOST_TOASTS = 3

/** The host's toasts about runs that have ended. */
export function useRunToasts() {
  const { host } = useCreditsContext()
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()
  const words = useRunWords()
  const { quotedWords, costWords, denialWords } = useCostWords()
  useTextPart('history')

  function say(id: string, severity: ToastMessage['severity'], summary: string, detail: string) {
    host.toast?.({ id, severity, summary, ...(detail !== '' && { detail }) })
  }

  function sayOf(run: Run, detail: string): void {
    const severity = run.outcome === 'succeeded' ? 'success' : 'warn'
    say(`run-${run.promptId}`, severity, words.name(run), detail)
  }

  function sayOfSeveral(ended: readonly Run[], detail: string): void {
    const count = formatCount(ended.length, session.locale)
    const summary = plural('live.toastSeveral', ended.length, { count })
    say(`runs-${ended[0]?.promptId}`, 'info', summary, detail)
  }

  const denialsOf = (runs: readonly Run[]): string =>
    [...new Set(runs.flatMap((run) => denialWords(run) ?? []))].join(' ')

  return {
    /** Of the last of these, which wait for the balance. */
    atOnce(waiting: readonly Run[]): void {
      const run = waiting.at(-1)
      if (waiting.length > MOST_TOASTS) sayOfSeveral(waiting, '')
      else if (run) sayOf(run, quotedWords(run))
    },
    /** Why the account refused one of these, or one that waits no longer. */
    denied(waiting: readonly Run[], run: Run): void {
      if (waiting.length > MOST_TOASTS) sayOfSeveral(waiting, denialsOf(waiting))
      else sayOf(run, quotedWords(run))
    },
    /** The balance is after the last of them alone. */
    corrected(
      settled: readonly Run[],
      verdicts: ReadonlyMap<string, Verdict>,
      usdMicros: number,
    ): void {
      const balance = t('live.toastBalance', { credits: money.credits(usdMicros) })
      if (settled.length > MOST_TOASTS) {
        sayOfSeveral(settled, [denialsOf(settled), balance].join(' ').trim())
        return
      }
      const spending = settled.filter(({ reason }) => reason !== 'payment-required')
      for (const run of settled) {
        const cost = costWords(run, verdicts.get(run.promptId))
        const detail = run === spending.at(-1) ? `${cost} ${balance}` : cost
        // A toast that says so already would come up again.
        if (detail !== quotedWords(run)) sayOf(run, detail)
      }
    },
  }
}

/** What a run cost, as far as it is known. */
function useCostWords() {
  const t = useTexts()
  const session = useSessionStore()
  const money = useMoney()
  const denials = useDenialWords()

  const denialWords = ({ denial }: Run): string | null => denials.ofRun(denial)

  /** With why the account refused it, where it did. */
  function withDenial(words: string, run: Run): string {
    return [words, denialWords(run) ?? []].flat().join(' ')
  }

  function quotedFigure({ announcedCredits, calls, reason, denial }: Run): string {
    const refused =
      reason === 'payment-required' || reason === 'unauthorized' || denial !== undefined
    if (announcedCredits !== null) {
      const credits = formatCredits(announcedCredits, session.locale)
      return t('live.toastAnnounced', { credits })
    }
    return t(refused && calls.length <= 1 ? 'live.toastNothing' : 'live.toastUnknown')
  }

  function costFigure(run: Run, verdict: Verdict | undefined): string {
    if (!verdict || verdict.usdMicros === null || verdict.word === 'open') return quotedFigure(run)
    const credits = money.credits(verdict.usdMicros)
    if (verdict.word === 'nothing-charged') return t('live.toastNothing')
    const isForNothing = verdict.word === 'nothing-delivered'
    return t(isForNothing ? 'live.toastForNothing' : 'live.toastCost', { credits })
  }

  return {
    denialWords,
    quotedWords: (run: Run): string => withDenial(quotedFigure(run), run),
    costWords: (run: Run, verdict: Verdict | undefined): string =>
      withDenial(costFigure(run, verdict), run),
  }
}
