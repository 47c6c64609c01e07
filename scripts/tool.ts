import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url))

const packageSchema = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) })

/** The script behind a command of an installed package; run by Node itself, npx takes a second. */
export function toolPath(name: string): string {
  const manifest = join(MODULES, name, 'package.json')
  const { bin } = packageSchema.parse(JSON.parse(readFileSync(manifest, 'utf8')))
  const path = typeof bin === 'string' ? bin : bin[name]
  if (path === undefined) throw new Error(`The package ${name} has no command of that name.`)
  return join(dirname(manifest), path)
}

/** Runs a development tool in this terminal. Resolves to its exit code. */
export function runTool(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(process.execPath, [toolPath(name), ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return new Promise((settle, reject) => {
    child.once('error', reject)
    child.once('close', (code) => settle(code ?? 1))
  })
}
