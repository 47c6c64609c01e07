import type { ComfyApp, ComfyBarButton, ComfySetting } from './comfy-types.ts'
import { isOn, OPTION_SETTINGS } from './options.ts'
import type { BarOption, BarText } from './port.ts'
import { guarded } from './report.ts'

/** In all supported frontends, which have only the icons that they use themselves. */
const ICONS = { badge: 'icon-[lucide--coins]', estimate: 'icon-[lucide--receipt-text]' } as const

/**
 * Our buttons in the host's top bar, the estimate beside the host's own Run: none while its setting is
 * off, or hidden, as it is without a login, and while there are no words for it. The host asks for the
 * buttons of all extensions in a computed of its own and follows what is read there of its own state,
 * but knows nothing of ours. So the words lie where the host looks: on our setting, in its registry.
 * Seen on 1.40.7 and 1.58.1.
 */
export function barButtons(app: ComfyApp, open: () => void): ComfyBarButton[] {
  const draw = guarded('Drawing the top bar', () =>
    Object.entries(ICONS).flatMap(([option, icon]): ComfyBarButton[] => {
      const name = option as BarOption
      const setting = barSetting(app, name)
      const text = setting?.type === 'hidden' ? null : setting?.badge
      if (!text || !isOn(app, name)) return []
      const { label, hint, isNegative, onPress = open } = text
      return [
        {
          icon,
          label,
          tooltip: hint,
          class: isNegative ? 'comfyui-credits-negative' : '',
          onClick: ({ currentTarget }) => onPress(currentTarget as HTMLElement),
        },
      ]
    }),
  )
  return draw() ?? []
}

export function setBarText(app: ComfyApp, option: BarOption, text: BarText | null): void {
  const setting = barSetting(app, option)
  if (setting) setting.badge = text
}

function barSetting(app: ComfyApp, option: BarOption): ComfySetting | undefined {
  return app.extensionManager?.setting?.settings?.[OPTION_SETTINGS[option]]
}
