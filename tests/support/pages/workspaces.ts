import type { Page } from 'playwright-core'
import { whyLacking } from '../../../scripts/behaviours.ts'
import { hostVersion } from '../../e2e/support/world.ts'

/** Without workspaces the customer pays for every run, and there is nothing to switch. */
export const hasWorkspaces = whyLacking('account-team', hostVersion) === null

interface WorkspaceStore {
  readonly workspaces: readonly { readonly id: string; readonly name: string }[]
  readonly initState: string
  readonly activeWorkspace: { readonly name: string } | null
  readonly switchWorkspace: (id: string) => Promise<void>
}

/**
 * Like ComfyUI's own switcher, which appears once the workspaces are loaded: a switch during the
 * host's sign-in to the first of them would be undone. A ComfyUI that one hosts does not reload.
 */
export async function switchWorkspace(page: Page, name: string): Promise<void> {
  await page.waitForFunction(() => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, unknown> } }
    const store = _p._s.get('teamWorkspace') as WorkspaceStore | undefined
    return store?.initState === 'ready'
  })
  await page.evaluate(async (wanted) => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, unknown> } }
    const store = _p._s.get('teamWorkspace') as WorkspaceStore
    const found = store.workspaces.find((workspace) => workspace.name === wanted)
    if (!found) throw new Error(`No workspace ${wanted}`)
    await store.switchWorkspace(found.id)
    if (store.activeWorkspace?.name !== wanted) throw new Error(`Not switched to ${wanted}`)
  }, name)
}
