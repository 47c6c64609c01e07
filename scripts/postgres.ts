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

const DEBIAN_SERVERS = '/usr/lib/postgresql'
const READY_WITHIN_MS = 20_000

/** PostgreSQL refuses root. Debian's package has a user for it; `nobody` exists everywhere. */
interface Identity {
  readonly uid?: number
  readonly gid?: number
}

const NO_SERVER =
  'There is no PostgreSQL server here: install one (Debian: `apt install postgresql`), or set TEST_DATABASE_URL to one that tests may write to.'

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

function findBinaries(): string | null {
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

async function startServer(binaries: string): Promise<PostgresServer> {
  const identity = unprivileged()
  const folder = await mkdtemp(join(tmpdir(), 'credits-postgres-'))
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid ?? -1)
  const data = join(folder, 'data')
  initialise(join(binaries, 'initdb'), data, folder, identity)
  const port = await freePort('127.0.0.1')
  // Speed over safety: this data is gone in minutes.
  const options = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder].concat(
      options.flatMap((option) => ['-c', option]),
    ),
    { ...identity, cwd: folder, stdio: 'ignore' },
  )
  const stop = async () => {
    await endServer(server)
    await rm(folder, { recursive: true, force: true })
  }
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  try {
    await untilReady(url, server)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
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

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  for (;;) {
    if (server.exitCode !== null) {
      throw new Problem(`The PostgreSQL server ended by itself (exit code ${server.exitCode}).`)
    }
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

/** SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave. */
async function endServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = new Promise((settle) => server.once('close', settle))
  server.kill('SIGINT')
  await ended
}
