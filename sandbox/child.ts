import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as z from 'zod'
import { compiledName } from './compiled-name.ts'
import { Problem } from './problem.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TSX = import.meta.resolve('tsx')
const END_WITH_PARENT = 'sandbox/end-with-parent.ts'
/**
 * PGlite is WebAssembly. Most of the time that its start takes, V8 optimises code which the few queries
 * of a sandbox never earn back.
 */
const START_QUICKLY = '--liftoff-only'

const READY_WITHIN_MS = 60_000
/** Each of our processes ends within 3 s of SIGTERM. */
const END_WITHIN_MS = 4000
const LINES_KEPT = 15

/**
 * What a child inherits. An allowlist, because a DATABASE_URL or STRIPE_SECRET_KEY in a person's shell
 * must not make the sandbox write to a real database or account.
 */
const INHERITED = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'LANG',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
]

/** The one line a process prints to stdout when it listens. */
const readySchema = z.object({ ready: z.literal(true), url: z.string() })

export interface ChildSettings {
  /** Its name in messages: "credits service". */
  readonly name: string
  /** Its main file, from the root of the repository. */
  readonly entry: string
  /** Where `compileProcesses` has put it; left out, tsx compiles it as it starts. */
  readonly compiledDir?: string | undefined
  readonly env: Readonly<Record<string, string>>
  /** Receives everything it prints. */
  readonly logFile: string
}

/** How a process ended unexpectedly. */
export interface UnexpectedEnd {
  readonly name: string
  readonly how: string
  readonly lastLines: readonly string[]
  readonly logFile: string
}

export interface Child {
  readonly url: string
  readonly pid: number
  /** Settles only if it ends without `kill` or `stop`. */
  readonly unexpectedEnd: Promise<UnexpectedEnd>
  /** SIGKILL, like a power cut. Resolves once it is gone. */
  kill(): Promise<void>
  /** SIGTERM, then SIGKILL if that has no effect. Resolves once it is gone. */
  stop(): Promise<void>
}

/** Starts one of our processes; resolves once it listens. Throws a Problem if it ends before. */
export async function startChild(settings: ChildSettings): Promise<Child> {
  const child = spawnChild(settings)
  const lines = collectLines(child, settings.logFile)
  const ended = endOf(child)
  let asked = false
  const unexpectedEnd = new Promise<UnexpectedEnd>((settle) => {
    child.once('close', async () => {
      const { name, logFile } = settings
      if (!asked) settle({ name, how: await ended, lastLines: lines.last, logFile })
    })
  })
  const end = async (signal: NodeJS.Signals) => {
    asked = true
    child.kill(signal)
    const insist = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS)
    await ended
    clearTimeout(insist)
  }
  try {
    const url = await readyOrProblem(settings.name, lines.ready, unexpectedEnd)
    return {
      url,
      pid: child.pid ?? 0, // Known: it has said that it is ready.
      unexpectedEnd,
      kill: () => end('SIGKILL'),
      stop: () => end('SIGTERM'),
    }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}

function spawnChild({ entry, compiledDir, env }: ChildSettings): ChildProcess {
  const inherited: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = process.env[name]
    if (value !== undefined) inherited[name] = value
  }
  return spawn(process.execPath, nodeArguments(entry, compiledDir), {
    cwd: ROOT,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C in a terminal signals the whole group. The parent stops its children in order instead.
    detached: process.platform !== 'win32',
  })
}

function nodeArguments(entry: string, compiledDir: string | undefined): readonly string[] {
  if (compiledDir === undefined)
    return [
      START_QUICKLY,
      '--import',
      TSX,
      '--import',
      new URL(`../${END_WITH_PARENT}`, import.meta.url).href,
      entry,
    ]
  const compiled = (file: string): string => join(compiledDir, compiledName(file))
  const endWithParent = pathToFileURL(compiled(END_WITH_PARENT)).href
  return [START_QUICKLY, '--import', endWithParent, compiled(entry)]
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((settle) => {
    child.once('error', (error) => settle(error.message))
    child.once('close', (code, signal) => settle(signal ?? `exit code ${code}`))
  })
}

/** The message for a person about a process that ended unexpectedly. */
export function describeEnd({ name, how, lastLines, logFile }: UnexpectedEnd): string {
  const said =
    lastLines.length > 0 ? `Its last lines:\n${lastLines.join('\n')}` : 'It said nothing.'
  return `The ${name} ended by itself (${how}). ${said}\nAll it said: ${logFile}`
}

async function readyOrProblem(
  name: string,
  ready: Promise<string>,
  unexpectedEnd: Promise<UnexpectedEnd>,
): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const seconds = READY_WITHIN_MS / 1000
    timer = setTimeout(
      () => reject(new Problem(`The ${name} was not ready within ${seconds} s.`)),
      READY_WITHIN_MS,
    )
  })
  const failed = (async () => {
    throw new Problem(describeEnd(await unexpectedEnd))
  })()
  try {
    return await Promise.race([ready, failed, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Logs a child's output, remembers its last lines, and finds the line that says ready. */
function collectLines(child: ChildProcess, logFile: string) {
  const log = createWriteStream(logFile, { flags: 'a' })
  const last: string[] = []
  const remember = (line: string) => {
    log.write(`${line}\n`)
    last.push(line)
    if (last.length > LINES_KEPT) last.shift()
  }
  const ready = new Promise<string>((settle) => {
    if (!child.stdout || !child.stderr) return
    createInterface(child.stderr).on('line', remember)
    createInterface(child.stdout).on('line', (line) => {
      const url = readyUrl(line)
      if (url !== null) settle(url)
      remember(line)
    })
  })
  child.once('close', () => log.end())
  return { ready, last }
}

function readyUrl(line: string): string | null {
  if (!line.startsWith('{"ready":true')) return null
  return readySchema.parse(JSON.parse(line)).url
}
