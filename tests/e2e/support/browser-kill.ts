import process from 'node:process'
import type { BrowserContext } from 'playwright-core'

/** SIGKILL to the browser itself, which cannot save anything. Resolves once it is gone. */
export async function killBrowser(person: BrowserContext): Promise<void> {
  const session = await person.browser()?.newBrowserCDPSession()
  const info = await session?.send('SystemInfo.getProcessInfo')
  const pid = info?.processInfo.find(({ type }) => type === 'browser')?.id
  if (pid === undefined) throw new Error('The browser does not say which process it is.')
  const gone = person.waitForEvent('close')
  process.kill(pid, 'SIGKILL')
  await gone
}
