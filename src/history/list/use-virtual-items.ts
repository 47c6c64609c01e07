import { useEventListener, useResizeObserver } from '@vueuse/core'
import {
  computed,
  onMounted,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
} from 'vue'
import type { ListItem } from './items.ts'
import { lineAt, LineHeights, startsOf } from './line-heights.ts'
import { offsetIn, scrollerOf, scrollTargetOf } from './scroller.ts'

/** So many lines are drawn whole: what a browser finds in its page is then all there is. */
const DRAWN_WHOLE = 100
/** Lines that are drawn beyond each end of what is seen. */
const BEYOND = 6

/** A line, or in its place a stretch of lines that are not drawn. */
export type Drawn =
  | { readonly item: ListItem; readonly index: number }
  | { readonly item: null; readonly id: string; readonly height: number }

export interface VirtualItems {
  readonly drawn: ComputedRef<readonly Drawn[]>
  /** All lines are in the page. */
  readonly isWhole: ComputedRef<boolean>
  /** For the element of each line, which says its index in `data-index`. */
  readonly measure: (element: HTMLElement) => void
  /** How many lines are seen at once. */
  readonly pageSize: () => number
}

/**
 * Which of the lines in `body` are drawn, with gaps for the others: those that are seen, and the one
 * that has or would get the focus (`held`), wherever it is. The view stays on its lines when others
 * come above them, but not when `order` changes. A library for it made an object for each of a
 * hundred thousand lines whenever one was new or of another height: 30 ms each time; this takes one.
 */
export function useVirtualItems(
  body: Readonly<Ref<HTMLElement | null>>,
  items: ComputedRef<readonly ListItem[]>,
  held: ComputedRef<number>,
  order: () => unknown,
): VirtualItems {
  const { heights, starts, learned } = useStarts(items)
  const scroll = useScroller(body, () => {
    heights.forget()
    learned()
  })
  const { top, height } = scroll
  const isWhole = computed(() => items.value.length <= DRAWN_WHOLE)
  const first = computed(() => Math.max(0, lineAt(starts.value, top.value) - BEYOND))
  const last = computed(() =>
    Math.min(items.value.length - 1, lineAt(starts.value, top.value + height.value) + BEYOND),
  )
  const observer = new ResizeObserver((entries) => {
    const isNews = entries.map(({ target, borderBoxSize: [box] }) => {
      const item = items.value[Number(target.getAttribute('data-index'))]
      // In a tab that is not shown a line has no height.
      const isSeen = target.isConnected && item && box && box.blockSize > 0
      return isSeen ? heights.see(item, box.blockSize) : false
    })
    if (isNews.includes(true)) learned()
  })
  onScopeDispose(() => observer.disconnect())
  const observed = new WeakSet<HTMLElement>()

  useSteadyView(starts, items, order, scroll, isWhole)

  return {
    drawn: computed(() => {
      const all = items.value
      if (isWhole.value) return all.map((item, index) => ({ item, index }))
      return withGaps(all, withHeld(first.value, last.value, held.value), starts.value)
    }),
    isWhole,
    measure(element) {
      if (isWhole.value || observed.has(element)) return
      observed.add(element)
      observer.observe(element)
    },
    pageSize: () => {
      const from = Math.max(0, top.value)
      return Math.max(1, lineAt(starts.value, from + height.value) - lineAt(starts.value, from) - 1)
    },
  }
}

/** The view stays on its line when others come above it, but not when `order` changes. */
function useSteadyView(
  starts: ComputedRef<Float64Array>,
  items: ComputedRef<readonly ListItem[]>,
  order: () => unknown,
  { top, scrollBy, followBy }: Scroll,
  isWhole: ComputedRef<boolean>,
): void {
  watch(
    [starts, items, order] as const,
    ([nowStarts, nowItems, nowOrder], [beforeStarts, beforeItems, beforeOrder]) => {
      const end = beforeStarts.at(-1) ?? 0
      // The list is above what is seen, which is not to move because of it.
      if (top.value >= end) {
        followBy((nowStarts.at(-1) ?? 0) - end)
        return
      }
      if (isWhole.value || top.value <= 0 || nowOrder !== beforeOrder) return
      const line = lineAt(beforeStarts, top.value)
      const now = placeOf(
        beforeItems[line]?.id,
        nowItems,
        line + nowItems.length - beforeItems.length,
      )
      if (now !== -1) scrollBy((nowStarts[now] ?? 0) - (beforeStarts[line] ?? 0))
    },
    { flush: 'post' },
  )
}

type Scroll = ReturnType<typeof useScroller>

/** Where the lines are, as far as their heights are known. */
function useStarts(items: ComputedRef<readonly ListItem[]>) {
  const heights = new LineHeights()
  const version = ref(0)
  const starts = computed(() => {
    void version.value
    return startsOf(items.value, heights)
  })
  const learned = (): void => {
    version.value += 1
  }
  return { heights, starts, learned }
}

/** What scrolls `body`, how far that has gone beyond its beginning, and how much is seen of it. */
function useScroller(body: Readonly<Ref<HTMLElement | null>>, resized: () => void) {
  const scroller = shallowRef<Element | null>(null)
  const scrolled = ref(0)
  const height = ref(0)
  /** Of the body in the scroller; CSS pixels. */
  const margin = ref(0)
  let width = 0

  /** In a tab that is not shown, whose scroller shows another one. */
  const isHidden = (): boolean =>
    body.value?.closest<HTMLElement>('[role="tabpanel"]')?.style.display === 'none'

  function scrollBy(pixels: number): void {
    if (!scroller.value || pixels === 0 || isHidden()) return
    scroller.value.scrollTop += pixels
    // Known at once: what else has moved meanwhile was somebody else.
    scrolled.value += pixels
  }
  /** What is seen has moved by so much: a browser that anchors it may have followed already. */
  function followBy(pixels: number): void {
    if (isHidden()) return
    const followed = (scroller.value?.scrollTop ?? 0) - scrolled.value
    if (Math.abs(followed - pixels) > Math.max(1, Math.abs(pixels) / 10)) scrollBy(pixels)
  }
  function read(): void {
    if (isHidden()) return
    scrolled.value = scroller.value?.scrollTop ?? 0
    height.value = scroller.value?.clientHeight ?? 0
  }
  function place(): void {
    if (!scroller.value || !body.value || isHidden()) return
    const before = margin.value
    margin.value = Math.round(offsetIn(scroller.value, body.value))
    // Something above the list has come or gone: who reads further down stays there.
    if (before > 0 && scroller.value.scrollTop > before) followBy(margin.value - before)
    if (width !== body.value.clientWidth) {
      width = body.value.clientWidth
      resized()
    }
    read()
  }
  onMounted(() => {
    scroller.value = body.value && scrollerOf(body.value)
    place()
  })
  useEventListener(() => scroller.value && scrollTargetOf(scroller.value), 'scroll', read, {
    passive: true,
  })
  // The tab's own size comes and goes with it.
  useResizeObserver(
    computed(() =>
      ['.comfyui-credits', '[role="tabpanel"]'].map((around) =>
        body.value?.closest<HTMLElement>(around),
      ),
    ),
    place,
  )
  return { scrollBy, followBy, height, top: computed(() => scrolled.value - margin.value) }
}

/** Of the line in other lines; most likely at `guess`; -1 where it is not. */
function placeOf(id: string | undefined, items: readonly ListItem[], guess: number): number {
  return items[guess]?.id === id ? guess : items.findIndex((item) => item.id === id)
}

/** From `first` to `last` and `held`, in their order; `held` is -1 for none. */
function withHeld(first: number, last: number, held: number): number[] {
  const seen = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
  if (held < 0 || (held >= first && held <= last)) return seen
  return held < first ? [held, ...seen] : [...seen, held]
}

function withGaps(
  items: readonly ListItem[],
  indexes: readonly number[],
  starts: Float64Array,
): Drawn[] {
  const drawn: Drawn[] = []
  let end = 0
  const gapUntil = (start: number, id: string): void => {
    if (start > end) drawn.push({ item: null, id, height: start - end })
  }
  for (const index of indexes) {
    const item = items[index]
    if (!item) continue
    gapUntil(starts[index] ?? 0, drawn.length === 0 ? 'gap:first' : 'gap:middle')
    drawn.push({ item, index })
    end = starts[index + 1] ?? 0
  }
  gapUntil(starts.at(-1) ?? 0, 'gap:last')
  return drawn
}
