import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..')
let copies = 0

/**
 * Runs a module of ours once more, as another page or a second copy of the extension does. `path` is
 * relative to the repository. What the module imports is not run again, unlike after
 * `vi.resetModules()`, which makes every later file of this worker load the whole panel again.
 */
export async function importAgain(path: string): Promise<unknown> {
  copies += 1
  return import(/* @vite-ignore */ `${join(ROOT, path)}?copy=${copies}`)
}
