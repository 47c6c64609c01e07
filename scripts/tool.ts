import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url))
const KILL_AFTER_MS = 10_000

const packageSchema = z.object({ bin: z.union([z.string(), z.record(z.string(), z.string())]) })

/** The script behind a package's command. Node runs it directly, because npx takes a second. */
export function toolPath(name: string): string {
  const manifest = join(MODULES, name, 'package.json')
  const { bin } = packageSchema.parse(JSON.parse(readFileSync(manifest, 'utf8')))
  const path = typeof bin === 'string' ? bin : bin[name]
  if (path === undefined) throw new Error(`The package ${name} has no command of that name.`)
  return join(dirname(manifest), path)
}

interface ToolSettings {
  readonly env?: Readonly<Record<string, string>>
  /** Receives the output as it comes; without it the tool writes to this terminal. */
  readonly write?: (text: string) => void
  /** Ends the tool and everything it started. */
  readonly signal?: AbortSignal
}

/** Runs a development tool. Resolves to its exit code. */
export function runTool(
  name: string,
  args: readonly string[],
  { env = {}, write, signal }: ToolSettings = {},
): Promise<number> {
  const options: SpawnOptions = {
    env: { ...process.env, ...env },
    stdio: write ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    // A process group of its own, so that the tool's own children can be ended with it.
    detached: signal !== undefined && process.platform !== 'win32',
  }
  const child = spawn(process.execPath, [toolPath(name), ...args], options)
  if (write) {
    child.stdout?.setEncoding('utf8').on('data', write)
    child.stderr?.setEncoding('utf8').on('data', write)
  }
  const end = () => endTree(child)
  signal?.addEventListener('abort', end, { once: true })
  if (signal?.aborted) end()
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      signal?.removeEventListener('abort', end)
      resolve(code ?? 1)
    })
  })
}

function endTree(child: ChildProcess): void {
  const group = process.platform === 'win32' ? child.pid : -(child.pid ?? 0)
  if (!group) return
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(group, signal)
    } catch {
      // It has ended in the meantime.
    }
  }
  kill('SIGTERM')
  setTimeout(kill, KILL_AFTER_MS, 'SIGKILL').unref()
}
