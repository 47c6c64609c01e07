import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { ensureFrontend } from '../sandbox/frontend/ensure.ts'
import { startSandbox, type Sandbox } from '../sandbox/start.ts'
import { BROWSER_ARGS, findBrowser } from '../scripts/browser.ts'

/** The same ComfyUI twice, side by side: with our extension, and with one that does nothing. */
export interface Rivals {
  readonly ours: Sandbox
  readonly stock: Sandbox
  readonly browser: Browser
  close(): Promise<void>
}

/** `fill` prepares a sandbox's data folder before its start. */
export async function openRivals(
  version: string,
  fill?: (dataDir: string) => Promise<void>,
): Promise<Rivals> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-bench-'))
  const emptyExtension = await mkdtemp(join(folder, 'empty-'))
  await writeFile(join(emptyExtension, 'credits.js'), '')
  const frontend = await ensureFrontend(version)
  const common = { frontendVersion: version, frontendDir: frontend.dir, withNetworkMock: false }
  const dataDirs = { ours: join(folder, 'ours'), stock: join(folder, 'stock') }
  await fill?.(dataDirs.ours)
  await fill?.(dataDirs.stock)
  const ours = await startSandbox({ ...common, dataDir: dataDirs.ours })
  const stock = await startSandbox({
    ...common,
    dataDir: dataDirs.stock,
    extensionDir: emptyExtension,
  })
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  return {
    ours,
    stock,
    browser,
    close: async () => {
      await browser.close()
      await Promise.all([ours.close(), stock.close()])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Runs both of a pair one after the other, and alternates their order from pair to pair. */
export async function inTurns<T>(
  pairs: number,
  measure: (rival: 'ours' | 'stock') => Promise<T>,
): Promise<{ ours: T; stock: T }[]> {
  const results: { ours: T; stock: T }[] = []
  for (let pair = 0; pair < pairs; pair += 1) {
    if (pair % 2 === 0) {
      const ours = await measure('ours')
      results.push({ ours, stock: await measure('stock') })
    } else {
      const stock = await measure('stock')
      results.push({ ours: await measure('ours'), stock })
    }
  }
  return results
}
