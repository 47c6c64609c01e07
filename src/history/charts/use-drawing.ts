import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue'
import type { Drawn, ChartConfig } from './chart.ts'

/**
 * Draws into a canvas what `config` says, and again when it changes. `failed` where chart.js could
 * not be loaded or the browser draws nothing: then the table says it all.
 */
export function useDrawing(
  canvas: Readonly<Ref<HTMLCanvasElement | null>>,
  config: () => ChartConfig,
): Readonly<Ref<'loading' | 'drawn' | 'failed'>> {
  const state = ref<'loading' | 'drawn' | 'failed'>('loading')
  const drawn = shallowRef<Drawn | null>(null)

  function clear(): void {
    drawn.value?.destroy()
    drawn.value = null
  }

  async function begin(place: HTMLCanvasElement): Promise<void> {
    if (!place.getContext('2d')) {
      state.value = 'failed'
      return
    }
    try {
      const { draw } = await import('./chart.ts')
      if (canvas.value !== place) return
      clear()
      drawn.value = draw(place, config())
      state.value = 'drawn'
    } catch (error) {
      state.value = 'failed'
      reportError(error)
    }
  }

  watch(
    canvas,
    (place) => {
      clear()
      if (place) void begin(place)
    },
    { immediate: true, flush: 'post' },
  )
  watch(config, (next) => drawn.value?.update(next), { flush: 'post' })
  onBeforeUnmount(clear)
  return state
}
