import type { ComfyApp, ComfyBarButton, ComfySetting } from './comfy-types.ts'
import { isOn, OPTION_SETTINGS } from './options.ts'
import type { BadgeText } from './port.ts'
import { guarded } from './report.ts'

/**
 * Our button in the host's top bar: none while its setting is off, or hidden, as it is without a
 * login, and while there are no words for it. The host asks for the buttons of all extensions in a
 * computed of its own and follows what is read there of its own state, but knows nothing of ours. So
 * the words lie where the host looks: on our setting, in its registry. Seen on 1.40.7 and 1.58.1.
 */
export function barButtons(app: ComfyApp, open: () => void): ComfyBarButton[] {
  const draw = guarded('Drawing the badge', () => {
    const setting = badgeSetting(app)
    const badge = setting?.type === 'hidden' ? null : setting?.badge
    if (!badge || !isOn(app, 'badge')) return []
    const { label, hint, isNegative = false } = badge
    const look = isNegative ? { class: 'comfyui-credits-negative' } : {}
    return [{ icon: 'icon-[lucide--coins]', label, tooltip: hint, onClick: open, ...look }]
  })
  return draw() ?? []
}

export function setBadge(app: ComfyApp, badge: BadgeText | null): void {
  const setting = badgeSetting(app)
  if (setting) setting.badge = badge
}

function badgeSetting(app: ComfyApp): ComfySetting | undefined {
  return app.extensionManager?.setting?.settings?.[OPTION_SETTINGS.badge]
}
