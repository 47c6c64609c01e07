import { computed, nextTick, onBeforeUpdate, onUpdated, ref, type ComputedRef, type Ref } from 'vue'
import type { ListItem } from './items.ts'

/** What takes the focus in a line. */
const FOCUSED = '.cc-row-focus'

/**
 * One line of the table is reached by Tab, the others from there by the arrow keys. The line keeps
 * the focus while others come and go around it; where it goes itself, the one in its place takes it.
 */
export function useRowFocus(
  body: Readonly<Ref<HTMLElement | null>>,
  items: ComputedRef<readonly ListItem[]>,
  pageSize: () => number,
) {
  const chosen = ref<string | null>(null)
  const place = computed(() => {
    const { value } = chosen
    return value === null ? 0 : items.value.findIndex(({ id }) => id === value)
  })
  const held = computed(() => Math.max(place.value, 0))
  const heldId = computed(() => items.value[held.value]?.id ?? null)

  async function moveTo(index: number): Promise<void> {
    chosen.value = items.value[index]?.id ?? null
    // It is drawn wherever it is, and the browser scrolls to what takes the focus.
    await nextTick()
    body.value?.querySelector<HTMLElement>(`${FOCUSED}[tabindex="0"]`)?.focus()
  }

  function keydown(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    if (!(event.target instanceof Element) || !event.target.matches(FOCUSED)) return
    const index = aim(event.key, items.value, held.value, pageSize)
    if (index === null) return
    // Neither the host's shortcuts nor the pane's own scrolling.
    event.preventDefault()
    event.stopPropagation()
    void moveTo(index)
  }

  function focusin({ target }: FocusEvent): void {
    const line = target instanceof Element ? target.closest<HTMLElement>('tr[data-line]') : null
    if (line && target instanceof Element && target.matches(FOCUSED))
      chosen.value = line.dataset['line'] ?? null
  }

  let hadFocus = false
  let lastPlace = 0
  onBeforeUpdate(() => {
    const { activeElement } = document
    hadFocus =
      activeElement?.matches(FOCUSED) === true && body.value?.contains(activeElement) === true
  })
  onUpdated(() => {
    const isLost = hadFocus && body.value?.contains(document.activeElement) === false
    hadFocus = false
    // A line also goes because another was chosen just now: the focus is then on its way there.
    if (!isLost || place.value !== -1) lastPlace = held.value
    if (isLost && items.value.length > 0) void moveTo(Math.min(lastPlace, items.value.length - 1))
  })

  return { heldId, held, keydown, focusin }
}

/** The line that a key leads to; null for a key that leads nowhere. */
function aim(
  key: string,
  items: readonly ListItem[],
  from: number,
  pageSize: () => number,
): number | null {
  const last = items.length - 1
  switch (key) {
    case 'ArrowDown':
      return next(items, from + 1, 1) ?? from
    case 'ArrowUp':
      return next(items, from - 1, -1) ?? from
    case 'PageDown':
      return next(items, Math.min(from + pageSize(), last), -1)
    case 'PageUp':
      return next(items, Math.max(from - pageSize(), 0), 1)
    case 'Home':
      return next(items, 0, 1)
    case 'End':
      return next(items, last, -1)
    default:
      return null
  }
}

/** The next line that takes the focus: what a row opens into has buttons of its own. */
function next(items: readonly ListItem[], from: number, step: 1 | -1): number | null {
  for (let index = from; index >= 0 && index < items.length; index += step)
    if (items[index]?.kind !== 'opened') return index
  return null
}
