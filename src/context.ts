import { inject, type InjectionKey } from 'vue'
import type { Api } from './api/port.ts'
import type { Host } from './host/port.ts'

/** What CreditsPlugin is given. Stores and components reach ComfyUI and the network only by it. */
export interface CreditsContext {
  readonly host: Host
  readonly api: Api
}

export const creditsContextKey: InjectionKey<CreditsContext> = Symbol('comfyui-credits')

export function useCreditsContext(): CreditsContext {
  const context = inject(creditsContextKey)
  if (!context) {
    throw new Error('CreditsPlugin is not installed: app.use(CreditsPlugin, { host, api })')
  }
  return context
}
