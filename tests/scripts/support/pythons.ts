import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Those that ComfyUI runs on. */
export const PYTHON_VERSIONS = ['3.9', '3.10', '3.11', '3.12', '3.13'] as const

/** The command of a Python of that version: on PATH, or kept by pyenv; null when there is none. */
export function findPython(version: string): string | null {
  const candidates = [`python${version}`, 'python3', 'python', ...keptByPyenv(version)]
  return candidates.find((command) => versionOf(command) === version) ?? null
}

/** pyenv has a stand-in on PATH for each version it keeps, which works for the chosen one only. */
function keptByPyenv(version: string): string[] {
  const folder = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${version}.`))
    .map((name) => join(folder, name, 'bin/python'))
}

function versionOf(command: string): string | null {
  const program = 'import sys; print("%d.%d" % sys.version_info[:2])'
  const { status, stdout } = spawnSync(command, ['-c', program], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}
