import { inject, type InjectionKey } from 'vue'
import type { Host } from './host/port.ts'

/** The world as CreditsPlugin was given it; stores and components reach it only through here. */
export interface CreditsContext {
  readonly host: Host
}

export const creditsContextKey: InjectionKey<CreditsContext> = Symbol('comfyui-credits')

export function useCreditsContext(): CreditsContext {
  const context = inject(creditsContextKey)
  if (!context) throw new Error('CreditsPlugin is not installed: app.use(CreditsPlugin, {host})')
  return context
}
