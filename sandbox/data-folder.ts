import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { Problem } from './problem.ts'

/** Marks a folder as a sandbox's, so that `--reset` may delete it. */
const MARKER = 'comfyui-credits-sandbox.json'

const stateSchema = z.object({
  /** Signs workspace tokens; stored, so that a restart logs nobody out. */
  workspaceTokenSecret: z.string(),
  /** An API key of user@example.com. */
  apiKey: z.string(),
  /** Whether the seeded users have their balances. */
  seeded: z.boolean(),
})

export type SandboxState = z.infer<typeof stateSchema>

/** The folder with all of a sandbox's data. */
export interface DataFolder {
  readonly dir: string
  readonly state: SandboxState
}

/**
 * Opens a sandbox's data folder, and creates it if it is missing.
 * Throws a Problem for a folder with other things in it.
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  const dir = resolve(path)
  await mkdir(dir, { recursive: true })
  if (existsSync(join(dir, MARKER))) return { dir, state: await readState(dir) }
  if ((await readdir(dir)).length > 0) throw notOurs(dir)
  const state = { workspaceTokenSecret: secret(), apiKey: newApiKey(), seeded: false }
  await writeState(dir, state)
  return { dir, state }
}

/** Deletes a sandbox's data folder if it exists. Never deletes another folder. */
export async function resetDataFolder(path: string): Promise<void> {
  const dir = resolve(path)
  if (!existsSync(dir)) return
  if (!existsSync(join(dir, MARKER)) && (await readdir(dir)).length > 0) throw notOurs(dir)
  await rm(dir, { recursive: true, force: true })
}

export async function markSeeded({ dir, state }: DataFolder): Promise<void> {
  await writeState(dir, { ...state, seeded: true })
}

async function readState(dir: string): Promise<SandboxState> {
  const text = await readFile(join(dir, MARKER), 'utf8')
  try {
    return stateSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Problem(
      `${join(dir, MARKER)} cannot be read. Start with --reset to begin from nothing, or with another --data.`,
      { cause },
    )
  }
}

async function writeState(dir: string, state: SandboxState): Promise<void> {
  const file = join(dir, MARKER)
  await writeFile(`${file}.new`, JSON.stringify(state, null, 2), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

function notOurs(dir: string): Problem {
  return new Problem(
    `${dir} holds other things than a sandbox's data, so it is left alone. Choose another folder with --data.`,
  )
}

function secret(): string {
  return randomBytes(32).toString('hex')
}

/** ComfyUI's login accepts exactly this form: `comfyui-` and 64 more characters. */
function newApiKey(): string {
  return `comfyui-${secret()}`
}
