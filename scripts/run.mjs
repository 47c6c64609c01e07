// The door to every command of this repository: `node scripts/run.mjs <command> [arguments]`.
// Plain JavaScript without dependencies, because it must run before anything is installed and say
// something useful on a Node that is too old. One process: signals reach the command directly.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const COMMANDS = {
  start: 'scripts/start.ts',
  test: 'scripts/test.ts',
  'test:unit': 'scripts/test-unit.ts',
  dev: 'scripts/dev.ts',
  build: 'scripts/build.ts',
  'install-into': 'scripts/install-into.ts',
  pack: 'scripts/pack.ts',
  'contract:check': 'scripts/contract-check.ts',
  'host:check': 'scripts/host-check.ts',
  picture: 'scripts/picture.ts',
  replay: 'scripts/replay.ts',
  shots: 'scripts/shots.ts',
  reconcile: 'scripts/reconcile.ts',
  'bench:boot': 'bench/boot.ts',
  'bench:open': 'bench/open.ts',
  'bench:return': 'bench/return.ts',
  'bench:history': 'bench/history.ts',
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(
    `This needs Node.js 20.19 or newer, and here is ${process.versions.node}. ` +
      'Get a newer one from https://nodejs.org or with your version manager (`nvm install`).',
  )
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes what it installed to
 * node_modules/.package-lock.json as its last act, so an interrupted install counts as none.
 */
function isInstalled() {
  const installed = join(ROOT, 'node_modules/.package-lock.json')
  if (!existsSync(installed)) return false
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages
  const want = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages
  return Object.entries(want).every(([path, { version, optional }]) => {
    if (path === '') return true
    const found = have[path]
    return found ? found.version === version : optional === true // other platforms' binaries
  })
}

function install() {
  const modules = lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })
  if (modules?.isSymbolicLink()) {
    fail(
      'node_modules is a link to a folder that does not hold what package-lock.json lists. ' +
        'Installing would empty that folder: remove the link, or install there yourself.',
    )
  }
  process.stdout.write('Installing what package-lock.json lists …\n')
  const npm = process.env.npm_execpath
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, 'ci'], { cwd: ROOT, stdio: 'inherit' })
    : spawnSync('npm ci', { cwd: ROOT, stdio: 'inherit', shell: true })
  if (status !== 0) {
    fail(
      `npm ci did not finish${error ? ` (${error.message})` : ''}. Its words are above. ` +
        'It needs the npm registry (or its cache) and about 500 MB of disk; run the command again after.',
    )
  }
}

checkNode()
const [command, ...args] = process.argv.slice(2)
const script = COMMANDS[command]
if (!script) {
  fail(`Unknown command ${command ?? '(none)'}. There are: ${Object.keys(COMMANDS).join(', ')}.`)
}
if (!isInstalled()) install()
process.chdir(ROOT)
process.argv = [process.execPath, join(ROOT, script), ...args]
const { register } = await import('tsx/esm/api')
register()
await import(pathToFileURL(join(ROOT, script)).href)
