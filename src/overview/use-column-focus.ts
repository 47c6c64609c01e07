import { computed, ref } from 'vue'

/** Tab reaches one column; the arrow keys go from one that says something to the next. */
export function useColumnFocus(filled: () => readonly boolean[]) {
  const chosen = ref<number | null>(null)
  const stops = computed(() => filled().flatMap((is, index) => (is ? [index] : [])))
  const reached = computed(() =>
    chosen.value !== null && stops.value.includes(chosen.value)
      ? chosen.value
      : (stops.value.at(-1) ?? null),
  )

  function target({ key, currentTarget }: KeyboardEvent): number | undefined {
    const isMirrored = currentTarget instanceof Element && currentTarget.matches(':dir(rtl)')
    const at = stops.value.indexOf(reached.value ?? -1)
    const step = isMirrored ? -1 : 1
    switch (key) {
      case 'ArrowRight':
        return stops.value[at + step]
      case 'ArrowLeft':
        return stops.value[at - step]
      case 'Home':
        return stops.value[0]
      case 'End':
        return stops.value.at(-1)
      default:
        return undefined
    }
  }

  function keydown(event: KeyboardEvent): void {
    const next = target(event)
    const columns = event.currentTarget
    if (next === undefined || !(columns instanceof Element)) return
    event.preventDefault()
    chosen.value = next
    const column = columns.children[next]
    if (column instanceof HTMLElement) column.focus()
  }

  return { reached, keydown }
}
