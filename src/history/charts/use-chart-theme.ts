import { useEventListener, useMutationObserver } from '@vueuse/core'
import { computed, onMounted, shallowRef, watch, type Ref } from 'vue'
import type { ChartTheme } from './colours.ts'

/** Readable on black and on white, until the panel's own colours are known. */
const UNKNOWN: ChartTheme = {
  scheme: 'dark',
  text: '#888',
  muted: '#888',
  line: '#888',
  page: '#888',
  fontFamily: 'sans-serif',
  fontSize: 12,
  direction: 'ltr',
}

/** In the light and the dark of the host, as it is now and when it changes: a canvas has no CSS. */
export function useChartTheme(root: Readonly<Ref<HTMLElement | null>>): Ref<ChartTheme> {
  const theme = shallowRef(UNKNOWN)
  let asked = false

  function read(): void {
    asked = false
    if (!root.value) return
    const now = readTheme(root.value)
    if (JSON.stringify(now) !== JSON.stringify(theme.value)) theme.value = now
  }

  /** The host changes a dozen variables at once, and then its classes. */
  function readSoon(): void {
    if (asked) return
    asked = true
    requestAnimationFrame(read)
  }

  onMounted(read)
  watch(root, read)
  const where = computed(() => [
    document.documentElement,
    document.body,
    root.value?.closest<HTMLElement>('.comfyui-credits'),
  ])
  useMutationObserver(where, readSoon, { attributeFilter: ['class', 'style', 'dir'] })
  useEventListener(window.matchMedia('(prefers-color-scheme: dark)'), 'change', readSoon)
  useEventListener(window.matchMedia('(forced-colors: active)'), 'change', readSoon)
  return theme
}

/** From the letters' own colour, which the system may have chosen (forced colours), not the host. */
function readTheme(root: HTMLElement): ChartTheme {
  const style = getComputedStyle(root)
  const [red, green, blue] = rgbOf(style.color) ?? [136, 136, 136]
  const faded = (alpha: number): string => `rgba(${red}, ${green}, ${blue}, ${alpha})`
  const isForced = window.matchMedia('(forced-colors: active)').matches
  return {
    scheme: 0.2126 * red + 0.7152 * green + 0.0722 * blue > 127 ? 'dark' : 'light',
    text: faded(1),
    muted: faded(0.7),
    line: faded(0.14),
    page: isForced ? 'canvas' : style.getPropertyValue('--cc-page'),
    fontFamily: style.fontFamily,
    direction: style.direction === 'rtl' ? 'rtl' : 'ltr',
    fontSize: Math.round(Number.parseFloat(style.fontSize) * 0.85) || UNKNOWN.fontSize,
  }
}

/** Any colour of CSS, as the canvas understands it; null where there is none. */
function rgbOf(css: string): readonly [red: number, green: number, blue: number] | null {
  const pen = document.createElement('canvas').getContext('2d')
  if (!pen) return null
  pen.fillStyle = css
  pen.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0] = pen.getImageData(0, 0, 1, 1).data
  return [red, green, blue]
}
