import { readonly, ref } from 'vue'

const nothing = (): void => undefined

/**
 * Stands in for `@primevue/core/usestyle` (alias in build/vue.ts). PrimeVue writes <style> tags into
 * the document's head even when unstyled, and the ids are those of the host's own PrimeVue
 * (ComfyUI ≤ 1.50), whose styles it would replace. Ours come from theme.css, inside our own root.
 */
export function useStyle(css = '') {
  return {
    id: undefined,
    name: '',
    el: ref(null),
    css: ref(css),
    load: nothing,
    unload: nothing,
    isLoaded: readonly(ref(true)),
  }
}
