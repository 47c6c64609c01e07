import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Whether Chromium has written an entry of localStorage, named so, to a profile's folder. */
export async function isOnDisk(folder: string, name: string): Promise<boolean> {
  const database = join(folder, 'Default', 'Local Storage', 'leveldb')
  const logs = (await readdir(database)).filter((file) => file.endsWith('.log'))
  const texts = await Promise.all(logs.map((file) => readFile(join(database, file), 'latin1')))
  return texts.some((text) => text.includes(name))
}
