import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const APP_SCRIPT =
  /<script\s+type="module"[^>]*\ssrc="(\.\/assets\/index-[^"]+\.js)"[^>]*><\/script>/

/**
 * The frontend's page. With `startsWorld` the app's script is replaced by the sandbox's, which
 * starts the outside world's service worker and only then loads the app it is told of.
 */
export async function readPage(frontendDir: string, startsWorld: boolean): Promise<string> {
  const page = await readFile(join(frontendDir, 'index.html'), 'utf8')
  if (!startsWorld) return page
  const app = APP_SCRIPT.exec(page)?.[1]
  if (app === undefined) {
    throw new Error('The frontend has no app script in index.html where it was in 1.40 to 1.58.')
  }
  return page.replace(
    APP_SCRIPT,
    `<script type="module" src="/sandbox/world.js" data-app="${app}"></script>`,
  )
}
