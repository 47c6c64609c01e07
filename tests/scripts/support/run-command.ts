import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command as a person does, with no other settings of the API than the given ones. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Finished> {
  const { COMFY_API_KEY: _, COMFY_API_BASE: __, COMFY_CLOUD_BASE: ___, ...rest } = process.env
  try {
    const finished = await promisify(execFile)(process.execPath, ['scripts/run.mjs', ...args], {
      env: { ...rest, ...env },
    })
    return { code: 0, ...finished }
  } catch (error) {
    return error as Finished
  }
}
