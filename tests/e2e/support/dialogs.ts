import type { Page } from 'playwright-core'
import { eventually } from './eventually.ts'

/** The host's own open dialogs, by their keys; the settings are one of them. */
export function openDialogs(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, unknown> } }
    const dialogs = _p._s.get('dialog') as
      | { readonly dialogStack: readonly { readonly key: string }[] }
      | undefined
    return (dialogs?.dialogStack ?? []).map(({ key }) => key)
  })
}

/** By the key that a person would use, one dialog after the other: ours, and the host's. */
export async function leaveDialogs(page: Page): Promise<void> {
  await eventually(async () => {
    if ((await openDialogs(page)).length > 0) await page.keyboard.press('Escape')
    return openDialogs(page)
  }, [])
}
