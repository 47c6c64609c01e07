import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { ensureFrontend } from '../sandbox/frontend/ensure.ts'
import { Problem } from '../sandbox/problem.ts'
import { startSandbox } from '../sandbox/start.ts'
import type { Capability } from '../src/host/capabilities.ts'
import { logIn, openComfy } from '../tests/support/pages/comfy.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from './browser.ts'

const SOURCE = fileURLToPath(new URL('../src/host/capabilities.ts', import.meta.url))

/** The code that the boot runs, as a script that leaves its functions in `capabilities`. */
async function capabilitiesScript(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: { write: false, lib: { entry: SOURCE, formats: ['iife'], name: 'capabilities' } },
  })
  const code = [result]
    .flat()
    .flatMap((built) => ('output' in built ? built.output : []))
    .find((part) => part.type === 'chunk')?.code
  if (code === undefined) throw new Error(`Vite made no script of ${SOURCE}.`)
  return code
}

async function findIn(page: Page): Promise<readonly Capability[]> {
  await page.addScriptTag({ content: await capabilitiesScript() })
  return page.evaluate(() => {
    const { capabilities } = window as unknown as {
      capabilities: { findCapabilities: (app: unknown, version: unknown) => readonly Capability[] }
    }
    const version: unknown = Reflect.get(window, '__COMFYUI_FRONTEND_VERSION__')
    return capabilities.findCapabilities(window.comfyAPI?.app.app, version)
  })
}

function print(version: string, capabilities: readonly Capability[]): void {
  const width = Math.max(...capabilities.map(({ name }) => name.length))
  console.log(`ComfyUI frontend ${version}`)
  for (const { name, needed, found, missing } of capabilities) {
    const state = found ?? `${needed ? 'MISSING' : 'hidden'}: ${missing}`
    console.log(`  ${name.padEnd(width)}  ${state}`)
  }
}

/** Prints what the extension finds in a frontend. Throws a Problem if it could not start there. */
export async function checkHost(version: string): Promise<void> {
  const frontend = await ensureFrontend(version)
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-host-check-'))
  const sandbox = await startSandbox({
    dataDir,
    frontendVersion: frontend.version,
    frontendDir: frontend.dir,
  })
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  let capabilities: readonly Capability[]
  try {
    const page = await browser.newPage()
    await page.addInitScript(TSX_HELPER)
    await openComfy(page, sandbox.urls.comfyui)
    // The host creates some of its stores only now.
    await logIn(page, 'user@example.com')
    capabilities = await findIn(page)
  } finally {
    await browser.close()
    await sandbox.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  print(frontend.version, capabilities)
  if (capabilities.some(({ needed, found }) => needed && found === null)) {
    throw new Problem('The extension would not start in this frontend.')
  }
}
