import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Problem } from '../problem.ts'

const execute = promisify(execFile)

/** A program and the arguments that come before its own: `py -3` on Windows. */
export interface Python {
  readonly command: string
  readonly args: readonly string[]
}

const CANDIDATES: readonly Python[] = [
  { command: 'python3', args: [] },
  { command: 'python', args: [] },
  { command: 'py', args: ['-3'] },
]

const GET_PYTHON: Partial<Record<NodeJS.Platform, string>> = {
  darwin: '`brew install python`, or https://www.python.org/downloads/',
  win32: '`winget install Python.Python.3.12`, or https://www.python.org/downloads/',
}
const GET_PYTHON_LINUX = '`sudo apt install python3 python3-pip` on Debian and Ubuntu'

const GET_PIP: Partial<Record<NodeJS.Platform, string>> = {
  darwin: '`python3 -m ensurepip --upgrade`',
  win32: '`py -3 -m ensurepip --upgrade`',
}
const GET_PIP_LINUX = '`sudo apt install python3-pip` on Debian and Ubuntu'

const ANOTHER_WAY =
  'Or set COMFYUI_FRONTEND_DIR to a folder that holds a ComfyUI frontend (the one with index.html).'

async function succeeds(python: Python, args: readonly string[]): Promise<boolean> {
  try {
    await execute(python.command, [...python.args, ...args], { timeout: 30_000 })
    return true
  } catch {
    // Missing or broken (Windows' Store stub): try the next one.
    return false
  }
}

/** A Python 3 that has pip. Throws a Problem that says how to get what is missing. */
export async function findPythonWithPip(): Promise<Python> {
  const pythons: Python[] = []
  for (const candidate of CANDIDATES) {
    if (!(await succeeds(candidate, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']))) {
      continue
    }
    if (await succeeds(candidate, ['-m', 'pip', '--version'])) return candidate
    pythons.push(candidate)
  }
  const [first] = pythons
  if (first) {
    throw new Problem(
      `${first.command} has no pip, which fetches ComfyUI's frontend. ` +
        `Get it with ${GET_PIP[process.platform] ?? GET_PIP_LINUX}, then start again. ${ANOTHER_WAY}`,
    )
  }
  throw new Problem(
    "There is no Python 3.8 or newer here, whose pip fetches ComfyUI's frontend. " +
      `Get it with ${GET_PYTHON[process.platform] ?? GET_PYTHON_LINUX}, then start again. ${ANOTHER_WAY}`,
  )
}

/** Runs Python to its end. Rejects with `stderr` on the error when it fails (node:child_process). */
export async function runPython(python: Python, args: readonly string[]): Promise<void> {
  await execute(python.command, [...python.args, ...args], { maxBuffer: 16 * 1024 * 1024 })
}
