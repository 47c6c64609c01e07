import { useCreditsContext } from '../context.ts'
import { useTexts } from '../i18n/texts.ts'
import { useSessionStore } from '../session/store.ts'
import { formatCredits } from '../i18n/format.ts'
import { shownText } from '../ui/shown-text.ts'
import type { Run } from '../runs/run.ts'

/** A run of this page as a person reads it, while it goes on and at its end. */
export function useRunWords() {
  const { host } = useCreditsContext()
  const t = useTexts()
  const session = useSessionStore()

  return {
    /** Its workflow, or the nodes that called in one that was never saved. */
    name: ({ workflow, calls }: Run): string => {
      const nodes = new Set(calls.flatMap(({ title, nodeType }) => title ?? nodeType ?? []))
      return shownText(workflow ?? (nodes.size > 0 ? [...nodes].join(', ') : t('history.run')))
    },
    /** What its texts have said so far, which nothing has proved yet. */
    soFar: ({ announcedCredits }: Run): string =>
      announcedCredits === null
        ? t('live.noPrice')
        : t('live.soFar', { credits: formatCredits(announcedCredits, session.locale) }),
    /** Null where the open workflow has no such node. */
    node: (nodeId: string): string | null => {
      const node = host.describeNode(nodeId)
      return node && shownText(node.title)
    },
  }
}
