import { inject, type InjectionKey } from 'vue'
import type { CreditsApi } from './api/port.ts'
import type { Host } from './host/port.ts'

/** The world as CreditsPlugin was given it; stores and components reach it only through here. */
export interface CreditsContext {
  readonly host: Host
  readonly api: CreditsApi
}

export const creditsContextKey: InjectionKey<CreditsContext> = Symbol('comfyui-credits')

export function useCreditsContext(): CreditsContext {
  const context = inject(creditsContextKey)
  if (!context)
    throw new Error('CreditsPlugin is not installed: app.use(CreditsPlugin, {host, api})')
  return context
}
