import { useTexts, type TextKey } from '../../i18n/texts.ts'
import { useSessionStore } from '../../session/store.ts'
import { formatDay } from '../../i18n/format.ts'
import { shownText } from '../../ui/shown-text.ts'
import type { Filter } from './filter.ts'

/** One thing that the list is filtered by, and the filter without it. */
export interface FilterChip {
  readonly id: string
  readonly name: string
  readonly without: Partial<Filter>
}

type Lists = Omit<Filter, 'time' | 'text'>

const titles = {
  kinds: 'list.kinds',
  outcomes: 'list.outcomes',
  certainties: 'list.certainties',
  workflows: 'list.workflows',
  nodes: 'list.nodes',
  models: 'list.models',
  members: 'list.members',
  apiKeys: 'list.apiKeys',
} as const satisfies Record<keyof Lists, TextKey>
const parts = Object.keys(titles) as (keyof Lists)[]

/** Names of what can be chosen in each part. Most come from outside. */
function useNames() {
  const t = useTexts()
  const session = useSessionStore()
  const day = (at: number): string => formatDay(at, session.locale)

  function namesOf(part: keyof Lists, filter: Lists): readonly string[] {
    switch (part) {
      case 'kinds':
        return filter.kinds.map((kind) => t(`rowKind.${kind}`))
      case 'outcomes':
        return filter.outcomes.map((status) => t(`runStatus.${status}`))
      case 'certainties':
        return filter.certainties.map((one) => t(`certainty.${one}`))
      default:
        return filter[part].map(shownText)
    }
  }

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

  return { namesOf, timeWords }
}

/** What the rows were chosen by, part by part; nothing when they are all. */
export function useFilterWords(): (filter: Filter) => string[] {
  const t = useTexts()
  const { namesOf, timeWords } = useNames()

  return ({ time, text, ...lists }) => {
    const chosen = parts.map((part) => [t(titles[part]), namesOf(part, lists)] as const)
    const searched = [t('list.search'), text.trim() === '' ? [] : [shownText(text)]] as const
    return [
      ...timeWords(time),
      ...[...chosen, searched].flatMap(([title, names]) =>
        names.length === 0 ? [] : [`${title}: ${names.join(', ')}`],
      ),
    ]
  }
}

/** The same, each by itself, to be taken back. */
export function useFilterChips(): (filter: Filter) => FilterChip[] {
  const { namesOf, timeWords } = useNames()

  return ({ time, text: _text, ...lists }) => {
    const span = timeWords(time).join(' · ')
    const chosen = parts.flatMap((part) =>
      namesOf(part, lists).map((name, index) => {
        const left = (lists[part] as readonly string[]).filter((_one, other) => other !== index)
        return { id: `${part} ${index} ${name}`, name, without: { [part]: left } }
      }),
    )
    return span === '' ? chosen : [{ id: 'time', name: span, without: { time: null } }, ...chosen]
  }
}
