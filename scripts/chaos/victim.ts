import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { Problem } from '../../sandbox/problem.ts'

interface VictimOptions {
  readonly name: string
  /** Its main module, an absolute path. */
  readonly main: string
  readonly env: Readonly<Record<string, string>>
  /** Everything it prints is added to this file. */
  readonly logFile: string
  /** Modules to load before its own. */
  readonly imports?: readonly string[]
}

/** It starts only once its database does, which may be starting too. */
const READY_WITHIN_MS = 90_000
const PAUSE_MS = 300

/** A process that is killed and started again, at the same port. */
export class Victim {
  #child: ChildProcess | null = null

  constructor(private readonly options: VictimOptions) {}

  get name(): string {
    return this.options.name
  }

  /** Resolves once it is ready. One that ends before is started again: what it needs may be down. */
  async start(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS
    while (!(await this.#startOnce())) {
      if (Date.now() > deadline) {
        throw new Problem(`${this.name} does not start; see ${this.options.logFile}.`)
      }
      await wait(PAUSE_MS)
    }
  }

  /** Kill −9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async #startOnce(): Promise<boolean> {
    const { main, env, logFile, imports = [] } = this.options
    const loaded = imports.flatMap((module) => ['--import', module])
    const child = spawn(process.execPath, [...loaded, main], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'], ...env },
    })
    this.#child = child
    const log = createWriteStream(logFile, { flags: 'a' })
    for (const output of [child.stdout, child.stderr]) output?.pipe(log, { end: false })
    child.once('close', () => log.end())
    return new Promise((resolve) => {
      child.once('exit', () => resolve(false))
      if (child.stdout)
        createInterface(child.stdout).on('line', (line) => {
          if (line.startsWith('{"ready":true')) resolve(true)
        })
    })
  }
}
