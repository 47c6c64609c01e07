import type { Page } from 'playwright-core'
import { whyLacking } from '../../../scripts/behaviours.ts'
import { hostVersion } from '../../e2e/support/world.ts'

/** Without them every run is paid by the customer, and there is nothing to switch. */
export const hasWorkspaces = whyLacking('account-team', hostVersion) === null

interface WorkspaceStore {
  readonly workspaces: readonly { readonly id: string; readonly name: string }[]
  readonly initState: string
  readonly activeWorkspace: { readonly name: string } | null
  readonly switchWorkspace: (id: string) => Promise<void>
}

/**
 * As ComfyUI's own switcher does it, which is there once the workspaces are: while the host still
 * signs in to the first of them, a switch loses to that. A ComfyUI of one's own does not reload.
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
