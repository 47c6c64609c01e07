import { defineComponent, onScopeDispose } from 'vue'
import { usePublicApi } from './use-public-api.ts'

/** `window.comfyCredits` as long as it is mounted. Draws nothing. */
export default defineComponent(() => {
  const value = Object.freeze(usePublicApi())
  Object.defineProperty(window, 'comfyCredits', { value, configurable: true, enumerable: true })
  window.dispatchEvent(new Event('comfycredits'))
  onScopeDispose(() => {
    Reflect.deleteProperty(window, 'comfyCredits')
    window.dispatchEvent(new Event('comfycredits'))
  })
  return () => null
})
