import { useTexts } from '../../i18n/texts.ts'
import { useSessionStore } from '../../session/store.ts'
import { formatDay } from '../../i18n/format.ts'
import { shownText } from '../../ui/shown-text.ts'
import type { Filter } from './filter.ts'

/** What the rows were chosen by, part by part; nothing when they are all. Names come from outside. */
export function useFilterWords(): (filter: Filter) => string[] {
  const t = useTexts()
  const session = useSessionStore()
  const day = (at: number): string => formatDay(at, session.locale)

  function timeWords(time: Filter['time']): string[] {
    if (time === null) return []
    if (typeof time === 'string') return [t(`listTime.${time}`)]
    const { from, to } = time
    return [
      ...(from === null ? [] : [`${t('list.from')}: ${day(from)}`]),
      // It ends before its last moment.
      ...(to === null ? [] : [`${t('list.to')}: ${day(to - 1)}`]),
    ]
  }

  return ({ time, text, ...filter }) => {
    const lists = [
      [t('list.kinds'), filter.kinds.map((kind) => t(`rowKind.${kind}`))],
      [t('list.outcomes'), filter.outcomes.map((status) => t(`runStatus.${status}`))],
      [t('list.certainties'), filter.certainties.map((one) => t(`certainty.${one}`))],
      [t('list.workflows'), filter.workflows.map(shownText)],
      [t('list.nodes'), filter.nodes.map(shownText)],
      [t('list.models'), filter.models.map(shownText)],
      [t('list.members'), filter.members.map(shownText)],
      [t('list.apiKeys'), filter.apiKeys.map(shownText)],
      [t('list.search'), text.trim() === '' ? [] : [shownText(text)]],
    ] as const
    return [
      ...timeWords(time),
      ...lists.flatMap(([title, names]) =>
        names.length === 0 ? [] : [`${title}: ${names.join(', ')}`],
      ),
    ]
  }
}
