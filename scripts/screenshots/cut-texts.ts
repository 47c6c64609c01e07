import type { Page } from 'playwright-core'

/** On the page; CSS pixels. */
export interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export interface ShownText {
  readonly text: string
  /** Its element, for people. */
  readonly where: string
  /** One for each of its lines. */
  readonly lines: readonly Box[]
  /** What is outside is clipped, and nobody can scroll there. */
  readonly window: Box
  /** What is outside is not in sight: clipped, or scrolled away. */
  readonly sight: Box
  /** Its element is too small for it, and clips it. */
  readonly squeezed: boolean
  /** What the pointer brings up. */
  readonly title: string
  /** Texts of one layer must not meet; those of a popover are above others. */
  readonly layer: number
}

/** Lines of letters reach a little beyond their boxes. */
const SLACK = 2

/** Pixels that Chromium takes for the arrow of a choice, at its smallest. */
const SELECT_ARROW = 16

/**
 * Texts of ours that cannot be read whole, one line each: clipped by what they are in, with an
 * ellipsis or without, unless their title says all of it; or with another text on top of them.
 */
export async function cutTexts(page: Page): Promise<string[]> {
  return [
    ...unreadable(await shownTexts(page)),
    ...(await cutChoices(page)),
    ...(await beyondTheWindow(page)),
  ]
}

export function unreadable(texts: readonly ShownText[]): string[] {
  return texts.flatMap((one) => {
    const { where, text, title } = one
    if (isClipped(one)) return title.includes(text) ? [] : [`cut: ${where}: ${text}`]
    return texts.some((other) => other !== one && meet(one, other))
      ? [`covered: ${where}: ${text}`]
      : []
  })
}

const isClipped = ({ squeezed, lines, window }: ShownText): boolean =>
  squeezed ||
  lines.some(
    ({ left, right, top, bottom }) =>
      left < window.left - SLACK ||
      right > window.right + SLACK ||
      top < window.top - SLACK ||
      bottom > window.bottom + SLACK,
  )

const meet = (one: ShownText, other: ShownText): boolean =>
  one.layer === other.layer && seen(one).some((a) => seen(other).some((b) => areOnEachOther(a, b)))

const seen = ({ lines, sight }: ShownText): Box[] =>
  lines.map(({ left, right, top, bottom }) => ({
    left: Math.max(left, sight.left),
    right: Math.min(right, sight.right),
    top: Math.max(top, sight.top),
    bottom: Math.min(bottom, sight.bottom),
  }))

function areOnEachOther(a: Box, b: Box): boolean {
  const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
  const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  // Lines may be closer together than their boxes are high.
  return across > SLACK && down > Math.min(a.bottom - a.top, b.bottom - b.top) / 3
}

function shownTexts(page: Page): Promise<ShownText[]> {
  return page.evaluate(() => {
    const hidden = '.cc-hidden-text, svg, style, option'
    const layers = [null, ...document.querySelectorAll('dialog, .cc-popover, thead')]

    // oxlint-disable-next-line unicorn/consistent-function-scoping -- it goes to the page
    function clippedTo(element: Element, scrolls: boolean): Box {
      const window = { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity }
      let [across, down] = [true, true]
      for (let at: Element | null = element; at && (across || down); at = at.parentElement) {
        const { overflowX, overflowY, display, position } = getComputedStyle(at)
        const box = at.getBoundingClientRect()
        across &&= !scrolls || !/auto|scroll/.test(overflowX)
        down &&= !scrolls || !/auto|scroll/.test(overflowY)
        if (across && overflowX !== 'visible' && display !== 'inline') {
          window.left = Math.max(window.left, box.left)
          window.right = Math.min(window.right, box.right)
        }
        if (down && overflowY !== 'visible' && display !== 'inline') {
          window.top = Math.max(window.top, box.top)
          window.bottom = Math.min(window.bottom, box.bottom)
        }
        if (position === 'fixed' || at.matches('.comfyui-credits, dialog')) break
      }
      return window
    }

    function shown(node: Node): ShownText[] {
      const element = node.parentElement
      const text = node.textContent?.trim() ?? ''
      if (!element || text === '' || element.closest(hidden)) return []
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return []
      const range = document.createRange()
      range.selectNodeContents(node)
      const lines = [...range.getClientRects()].filter(({ width, height }) => width * height > 1)
      const window = clippedTo(element, true)
      // For screen readers only.
      if (window.right - window.left <= 1) return []
      const { overflowX, display } = getComputedStyle(element)
      const clips = overflowX === 'hidden' || overflowX === 'clip'
      return [
        {
          text,
          where: `${element.tagName.toLowerCase()}.${element.className}`,
          lines: lines.map(({ left, right, top, bottom }) => ({ left, right, top, bottom })),
          window,
          sight: clippedTo(element, false),
          squeezed: clips && display !== 'inline' && element.scrollWidth > element.clientWidth + 1,
          title: element.closest('[title]')?.getAttribute('title') ?? '',
          layer: layers.indexOf(element.closest('dialog, .cc-popover, thead')),
        },
      ]
    }

    const panels = document.querySelectorAll('.comfyui-credits')
    // A page of its own has no panel.
    return (panels.length > 0 ? [...panels] : [document.body]).flatMap((root) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
      const texts: ShownText[] = []
      while (walker.nextNode()) texts.push(...shown(walker.currentNode))
      return texts
    })
  })
}

/** What is chosen, where its field is too small for it: the browser cuts it, and no element says so. */
function cutChoices(page: Page): Promise<string[]> {
  return page.evaluate((arrow) => {
    const pen = document.createElement('canvas').getContext('2d')
    if (!pen) throw new Error('The browser has no canvas to measure texts with.')
    return [...document.querySelectorAll('select')].flatMap((select) => {
      const text = select.selectedOptions[0]?.text.trim() ?? ''
      if (!select.checkVisibility({ visibilityProperty: true }) || select.title === text) return []
      const { font, paddingLeft, paddingRight } = getComputedStyle(select)
      pen.font = font
      const padding = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight)
      const room = select.clientWidth - padding - arrow
      return pen.measureText(text).width > room + 1
        ? [`cut: select.${select.className}: ${text}`]
        : []
    })
  }, SELECT_ARROW)
}

/** What stays in its place, such as a dialog, and is partly outside: nobody can scroll there. */
function beyondTheWindow(page: Page): Promise<string[]> {
  return page.evaluate((slack) => {
    const { clientWidth, clientHeight } = document.documentElement
    return [...document.querySelectorAll('.comfyui-credits, .comfyui-credits *')].flatMap(
      (element) => {
        if (getComputedStyle(element).position !== 'fixed' || !element.checkVisibility()) return []
        const { left, right, top, bottom } = element.getBoundingClientRect()
        const isInside =
          Math.min(left, top) >= -slack &&
          right <= clientWidth + slack &&
          bottom <= clientHeight + slack
        return isInside ? [] : [`beyond the window: ${element.tagName} ${element.className}`]
      },
    )
  }, SLACK)
}
