import type { ComfyApp } from './comfy-types.ts'
import type { OptionName, Unsubscribe } from './port.ts'
import { report } from './report.ts'
import { onSettingChange } from './setting-changes.ts'

/** Settings of ours in ComfyUI; settings-entry.ts says which are on from the start. */
export const OPTION_SETTINGS = {
  badge: 'ComfyUICredits.Badge',
  toast: 'ComfyUICredits.RunToast',
  takeOver: 'ComfyUICredits.TakeOver',
  thumbnails: 'ComfyUICredits.Thumbnails',
  estimate: 'ComfyUICredits.Estimate',
  guard: 'ComfyUICredits.Guard',
} as const satisfies Record<OptionName, string>

/** Where the host cannot say what was chosen. */
const ON_UNLESS_CHOSEN: ReadonlySet<OptionName> = new Set(['takeOver'])

export function isOn(app: ComfyApp, name: OptionName): boolean {
  const chosen = app.extensionManager?.setting?.get?.(OPTION_SETTINGS[name])
  return typeof chosen === 'boolean' ? chosen : ON_UNLESS_CHOSEN.has(name)
}

export function setOption(app: ComfyApp, name: OptionName, on: boolean): void {
  const setting = app.extensionManager?.setting
  const set = async (): Promise<void> => {
    await setting?.set?.(OPTION_SETTINGS[name], on)
  }
  set().catch((error: unknown) => report('A setting could not be changed.', error))
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
