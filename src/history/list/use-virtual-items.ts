import {
  defaultRangeExtractor,
  useVirtualizer,
  type Range,
  type VirtualItem,
  type Virtualizer,
} from '@tanstack/vue-virtual'
import { useResizeObserver } from '@vueuse/core'
import { computed, onMounted, ref, shallowRef, type ComputedRef, type Ref } from 'vue'
import type { ListItem } from './items.ts'
import { offsetIn, scrollerOf, scrollTargetOf } from './scroller.ts'

/** So many lines are drawn whole: what a browser finds in its page is then all there is. */
const DRAWN_WHOLE = 100
const OVERSCAN = 6

/** CSS pixels, until one has been seen. */
const LIKELY_HEIGHT = { row: 53, group: 45, opened: 240 }

/** A line, or in its place a stretch of lines that are not drawn. */
export type Drawn =
  | { readonly item: ListItem; readonly index: number }
  | { readonly item: null; readonly id: string; readonly height: number }

export interface VirtualItems {
  readonly drawn: ComputedRef<readonly Drawn[]>
  /** All lines are in the page. */
  readonly isWhole: ComputedRef<boolean>
  /** For the element of each line. */
  readonly measure: (element: HTMLElement) => void
  /** How many lines are seen at once. */
  readonly pageSize: () => number
}

/**
 * Which of the lines in `body` are drawn, with gaps for the others: those that are seen, and the one
 * that has or would get the focus (`held`), wherever it is. The view stays on its lines when others
 * come above them.
 */
export function useVirtualItems(
  body: Readonly<Ref<HTMLElement | null>>,
  items: ComputedRef<readonly ListItem[]>,
  held: ComputedRef<number>,
): VirtualItems {
  const { scroller, margin } = useScroller(body)
  const rowHeight = ref(LIKELY_HEIGHT.row)
  const isWhole = computed(() => items.value.length <= DRAWN_WHOLE)
  let now: Virtualizer<Element, HTMLElement> | null = null

  /** What one row was found to be is likely of the others: nothing moves where it is right. */
  function learnHeight(...about: Parameters<typeof heightOf>): number {
    const [{ dataset }, entry] = about
    const height = heightOf(...about)
    if (entry && dataset['kind'] && rowHeight.value === LIKELY_HEIGHT.row) rowHeight.value = height
    return height
  }

  const virtualizer = useVirtualizer<Element, HTMLElement>(
    computed(() => {
      const all = items.value
      const hold = held.value
      return {
        count: all.length,
        enabled: !isWhole.value,
        getScrollElement: () => scroller.value,
        observeElementOffset: observeScroll,
        scrollMargin: margin.value,
        overscan: OVERSCAN,
        // Where the beginning of the list is in view, what is new is to be seen.
        anchorTo: (now?.scrollOffset ?? 0) > margin.value ? 'end' : 'start',
        getItemKey: (index: number) => all[index]?.id ?? index,
        estimateSize: (index: number) => likelyHeight(all[index], rowHeight.value),
        measureElement: learnHeight,
        rangeExtractor: (range: Range) => withHeld(defaultRangeExtractor(range), hold),
      }
    }),
  )
  now = virtualizer.value

  return {
    drawn: computed(() => {
      const all = items.value
      if (isWhole.value) return all.map((item, index) => ({ item, index }))
      const { value } = virtualizer
      const end = margin.value + value.getTotalSize()
      return withGaps(all, value.getVirtualItems(), margin.value, end)
    }),
    isWhole,
    measure: (element) => {
      if (!isWhole.value) virtualizer.value.measureElement(element)
    },
    pageSize: () =>
      Math.max(1, Math.floor((scroller.value?.clientHeight ?? 0) / rowHeight.value) - 1),
  }
}

/** What scrolls `body`, and how far down in it that begins; CSS pixels. */
function useScroller(body: Readonly<Ref<HTMLElement | null>>) {
  const scroller = shallowRef<Element | null>(null)
  const margin = ref(0)

  function place(): void {
    if (!scroller.value || !body.value) return
    const before = margin.value
    margin.value = Math.round(offsetIn(scroller.value, body.value))
    // Something above the list has come or gone: who reads further down stays there.
    if (before > 0 && scroller.value.scrollTop > before)
      scroller.value.scrollTop += margin.value - before
  }
  onMounted(() => {
    scroller.value = body.value && scrollerOf(body.value)
    place()
  })
  useResizeObserver(
    computed(() => body.value?.closest<HTMLElement>('.comfyui-credits')),
    place,
  )
  return { scroller, margin }
}

/**
 * As the browser tells it when it has laid out the frame: to ask for the height of each line as it is
 * drawn would have it lay out the table each time.
 */
function heightOf(
  element: HTMLElement,
  entry: ResizeObserverEntry | undefined,
  { options, itemSizeCache, indexFromElement }: Virtualizer<Element, HTMLElement>,
): number {
  const index = indexFromElement(element)
  const told = entry?.borderBoxSize[0]?.blockSize
  // Not rounded: the parts of a pixel of all lines above would add up to a jump.
  if (told !== undefined) return told
  return itemSizeCache.get(options.getItemKey(index)) ?? options.estimateSize(index)
}

function observeScroll(
  { scrollElement }: Virtualizer<Element, HTMLElement>,
  tell: (offset: number, isScrolling: boolean) => void,
): (() => void) | undefined {
  if (!scrollElement) return undefined
  const target = scrollTargetOf(scrollElement)
  const scrolled = (): void => tell(scrollElement.scrollTop, false)
  scrolled()
  target.addEventListener('scroll', scrolled, { passive: true })
  return () => target.removeEventListener('scroll', scrolled)
}

function likelyHeight(item: ListItem | undefined, rowHeight: number): number {
  if (item?.kind === 'group') return LIKELY_HEIGHT.group
  return item?.kind === 'opened' ? LIKELY_HEIGHT.opened : rowHeight
}

/** In their order; `held` is -1 for none. */
function withHeld(indexes: number[], held: number): number[] {
  const [first = 0] = indexes
  const last = indexes.at(-1) ?? -1
  if (held < 0 || (held >= first && held <= last)) return indexes
  return held < first ? [held, ...indexes] : [...indexes, held]
}

function withGaps(
  items: readonly ListItem[],
  seen: readonly VirtualItem[],
  from: number,
  to: number,
): Drawn[] {
  const drawn: Drawn[] = []
  let end = from
  const gapUntil = (start: number, id: string): void => {
    if (start > end) drawn.push({ item: null, id, height: start - end })
  }
  for (const { index, start, end: itsEnd } of seen) {
    const item = items[index]
    if (!item) continue
    gapUntil(start, `gap:${drawn.length === 0 ? 'first' : 'middle'}:${index}`)
    drawn.push({ item, index })
    end = itsEnd
  }
  gapUntil(to, 'gap:last')
  return drawn
}
