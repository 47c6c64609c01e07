import type { ComfyApp } from './comfy-types.ts'
import type { OptionName, Unsubscribe } from './port.ts'
import { onSettingChange } from './setting-changes.ts'

/** Settings of ours in ComfyUI; settings-entry.ts says which are on from the start. */
export const OPTION_SETTINGS = {
  badge: 'ComfyUICredits.Badge',
  toast: 'ComfyUICredits.RunToast',
  thumbnails: 'ComfyUICredits.Thumbnails',
} as const satisfies Record<OptionName, string>

export function isOn(app: ComfyApp, name: OptionName): boolean {
  return app.extensionManager?.setting?.get?.(OPTION_SETTINGS[name]) === true
}

export function onOptionChange(
  app: ComfyApp,
  name: OptionName,
  listener: (on: boolean) => void,
): Unsubscribe {
  return onSettingChange(app, OPTION_SETTINGS[name], (value) =>
    listener(typeof value === 'boolean' ? value : isOn(app, name)),
  )
}
