import type { ComfyExtension } from './comfy-types.ts'
import { guarded } from './report.ts'

const ids = {
  open: 'ComfyUICredits.Open',
  history: 'ComfyUICredits.History',
  limits: 'ComfyUICredits.Limits',
  buy: 'ComfyUICredits.Buy',
  refresh: 'ComfyUICredits.Refresh',
} as const

/** No command of ComfyUI has it by default: seen in 1.40.7, 1.45.21, 1.50.6 and 1.58.1. */
const OPEN_KEYS = { key: 'c', shift: true } as const

/**
 * Our commands, their menu and a shortcut. Labels are translated by the host, from
 * locales/<lang>/commands.json.
 */
export function creditsCommands(
  run: Readonly<Record<keyof typeof ids, () => void>>,
): Pick<ComfyExtension, 'commands' | 'keybindings' | 'menuCommands'> {
  return {
    commands: [
      {
        id: ids.open,
        label: 'Open Credits',
        icon: 'icon-[lucide--coins]',
        function: guarded('Open Credits', run.open),
      },
      {
        id: ids.history,
        label: 'Open Credit History',
        icon: 'icon-[lucide--history]',
        function: guarded('Open Credit History', run.history),
      },
      {
        id: ids.limits,
        label: 'Open Spending Limits',
        icon: 'icon-[lucide--gauge]',
        function: guarded('Open Spending Limits', run.limits),
      },
      {
        id: ids.buy,
        label: 'Buy Credits',
        icon: 'icon-[lucide--plus]',
        function: guarded('Buy Credits', run.buy),
      },
      {
        id: ids.refresh,
        label: 'Refresh Credits',
        icon: 'icon-[lucide--refresh-cw]',
        function: guarded('Refresh Credits', run.refresh),
      },
    ],
    keybindings: [{ combo: OPEN_KEYS, commandId: ids.open }],
    menuCommands: [{ path: ['Extensions', 'Credits'], commands: Object.values(ids) }],
  }
}
