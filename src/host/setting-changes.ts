import type { ComfyApp } from './comfy-types.ts'
import { member } from './member.ts'
import type { Unsubscribe } from './port.ts'

/**
 * Called with the new value when one of the host's settings has changed. It is the event's: up to
 * 1.40 the setting itself still has the old one then. Undefined where the event carries none.
 */
export function onSettingChange(
  app: ComfyApp,
  id: string,
  listener: (value: unknown) => void,
): Unsubscribe {
  const settings = app.ui?.settings
  const name = `${id}.change`
  const changed = (event: Event): void => {
    listener(event instanceof CustomEvent ? member(event.detail, 'value') : undefined)
  }
  settings?.addEventListener?.(name, changed)
  return () => settings?.removeEventListener?.(name, changed)
}
