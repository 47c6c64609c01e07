import type { ComfyExtension } from './comfy-types.ts'
import { guarded } from './report.ts'

const ids = {
  open: 'ComfyUICredits.Open',
  buy: 'ComfyUICredits.Buy',
  refresh: 'ComfyUICredits.Refresh',
} as const

/**
 * Our commands and their menu, without default keys: every one is somebody's already. Labels are
 * translated by the host, from locales/<lang>/commands.json.
 */
export function creditsCommands(
  run: Readonly<Record<keyof typeof ids, () => void>>,
): Pick<ComfyExtension, 'commands' | 'menuCommands'> {
  return {
    commands: [
      {
        id: ids.open,
        label: 'Credits: open',
        icon: 'icon-[lucide--coins]',
        function: guarded('Credits: open', run.open),
      },
      {
        id: ids.buy,
        label: 'Credits: buy',
        icon: 'icon-[lucide--plus]',
        function: guarded('Credits: buy', run.buy),
      },
      {
        id: ids.refresh,
        label: 'Credits: refresh',
        icon: 'icon-[lucide--refresh-cw]',
        function: guarded('Credits: refresh', run.refresh),
      },
    ],
    menuCommands: [{ path: ['Extensions', 'Credits'], commands: Object.values(ids) }],
  }
}
