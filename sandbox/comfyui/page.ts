import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const APP_SCRIPT =
  /<script\s+type="module"[^>]*\ssrc="(\.\/assets\/index-[^"]+\.js)"[^>]*><\/script>/

/**
 * The frontend's page. With `startsNetworkMock` the sandbox's script replaces the app's: it starts
 * the network mock's service worker, then loads the app script named in `data-app`.
 */
export async function readPage(frontendDir: string, startsNetworkMock: boolean): Promise<string> {
  const page = await readFile(join(frontendDir, 'index.html'), 'utf8')
  if (!startsNetworkMock) return page
  const app = APP_SCRIPT.exec(page)?.[1]
  if (app === undefined) {
    throw new Error('The frontend has no app script in index.html where it was in 1.40 to 1.58.')
  }
  return page.replace(
    APP_SCRIPT,
    `<script type="module" src="/sandbox/network-mock.js" data-app="${app}"></script>`,
  )
}
