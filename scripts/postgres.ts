import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { Problem } from '../sandbox/problem.ts'
import { freePort } from '../sandbox/ports.ts'
import { aptGetInstall, isRootOnDebian } from './apt.ts'

export interface PostgresServer {
  /** `postgresql://…`, as a superuser. */
  readonly url: string
  stop(): Promise<void>
}

/** A server that may be killed: it loses nothing that it has committed. */
export interface DurableServer extends PostgresServer {
  /** SIGKILL, or SIGQUIT for PostgreSQL's own immediate end. Resolves once it has ended. */
  kill(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>
  /** Starts it again on the same data, if it has ended. Resolves once it answers. */
  restart(): Promise<void>
}

const DEBIAN_SERVERS = '/usr/lib/postgresql'
const READY_WITHIN_MS = 20_000

/** PostgreSQL refuses root. Debian's package has a user for it; `nobody` exists everywhere. */
interface Identity {
  readonly uid?: number
  readonly gid?: number
}

const NO_SERVER =
  'There is no PostgreSQL server here: install one (Debian: `apt install postgresql`), name the folder of its programs in POSTGRES_BIN, or set TEST_DATABASE_URL to one that tests may write to.'

/** Fetches a server if there is none (as root on Debian). Returns why there is still none. */
export function ensurePostgres(): string | null {
  if (process.env['TEST_DATABASE_URL']) return null
  return (findBinaries() ?? fetchBinaries()) ? null : NO_SERVER
}

/**
 * A PostgreSQL server for tests: TEST_DATABASE_URL, or one of this machine's on a free port, in a
 * temporary folder that `stop` removes. Throws a Problem if there is none.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return { url: given, stop: async () => {} }
  const binaries = findBinaries()
  if (!binaries) throw new Problem(NO_SERVER)
  return startServer(binaries)
}

/** POSTGRES_BIN chooses a version: it alone, or the newest of Debian's, or the first on the path. */
function findBinaries(): string | null {
  const chosen = process.env['POSTGRES_BIN']
  if (chosen) return existsSync(join(chosen, 'initdb')) ? chosen : null
  const versions = existsSync(DEBIAN_SERVERS) ? readdirSync(DEBIAN_SERVERS) : []
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a))
  const folders = [
    ...newestFirst.map((version) => join(DEBIAN_SERVERS, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ]
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null
}

function fetchBinaries(): string | null {
  if (!isRootOnDebian()) return null
  console.log('No PostgreSQL server found: installing Debian’s …')
  aptGetInstall('postgresql')
  return findBinaries()
}

/** Speed over safety, for data that is gone in minutes. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
/** Nothing committed is lost by a kill −9 of the server; of the machine it would be. */
const DURABLE = ['fsync=off', 'synchronous_commit=on', 'max_wal_size=64MB']

async function startServer(binaries: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-postgres-'))
  const server = await startIn(binaries, folder, FAST)
  return {
    url: server.url,
    async stop() {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A server of this machine's with its data in that folder, which stays. */
export async function startDurablePostgres(folder: string): Promise<DurableServer> {
  const binaries = findBinaries()
  if (!binaries) throw new Problem(NO_SERVER)
  return startIn(binaries, folder, DURABLE)
}

async function startIn(
  binaries: string,
  folder: string,
  options: readonly string[],
): Promise<DurableServer> {
  const identity = unprivileged()
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid ?? -1)
  const data = join(folder, 'data')
  initialise(join(binaries, 'initdb'), data, folder, identity)
  const port = await freePort('127.0.0.1')
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder]
  const all = [...args, ...options.flatMap((option) => ['-c', option])]
  const spawnServer = () =>
    spawn(join(binaries, 'postgres'), all, { ...identity, cwd: folder, stdio: 'ignore' })
  let server = spawnServer()
  const stop = () => endServer(server, 'SIGINT')
  try {
    await untilReady(url, server)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
    stop,
    kill: (signal) => endServer(server, signal),
    async restart() {
      await untilBack(url, () => {
        if (hasEnded(server)) server = spawnServer()
      })
    },
  }
}

function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return {}
  const name = ['postgres', 'nobody'].find((user) => spawnSync('id', [user]).status === 0)
  if (!name)
    throw new Problem('PostgreSQL does not run as root, and this machine has no other user for it.')
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function initialise(initdb: string, data: string, cwd: string, identity: Identity): void {
  const args = ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C']
  const { status, stderr } = spawnSync(initdb, [...args, '--no-sync'], {
    ...identity,
    cwd,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Problem(`PostgreSQL's initdb failed:\n${stderr.trim()}`)
}

function untilReady(url: string, server: ChildProcess): Promise<void> {
  return untilBack(url, () => {
    if (server.exitCode === null) return
    throw new Problem(`The PostgreSQL server ended by itself (exit code ${server.exitCode}).`)
  })
}

/** Resolves once the server answers; `look` is called before each try. */
async function untilBack(url: string, look: () => void): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    look()
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      await client.end()
      return
    } catch (cause) {
      if (Date.now() > deadline) {
        const seconds = READY_WITHIN_MS / 1000
        throw new Problem(`The PostgreSQL server was not ready within ${seconds} s.`, { cause })
      }
      await wait(100)
    }
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

async function endServer(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(server)) return
  const ended = new Promise((settle) => server.once('close', settle))
  server.kill(signal)
  await ended
}
