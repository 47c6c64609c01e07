// Runs every command of this repository: `node scripts/run.mjs COMMAND [arguments]`.
// Plain JavaScript without dependencies: it runs before anything is installed, and on a Node
// that is too old. One process, so that signals reach the command directly.
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Each is defined in scripts/commands/, in the file of its name with a hyphen for the colon. */
const COMMANDS = {
  start: 'a whole ComfyUI with the Credits tab',
  dev: 'the panel alone, with hot reload',
  test: 'all checks and tests',
  'test:unit': 'unit and component tests only',
  build: 'builds the extension',
  'install-into': 'puts the extension into a ComfyUI',
  pack: 'packs the extension as a zip',
  'contract:check': 'compares the live API with our contract',
  'host:check': 'what the extension finds in a ComfyUI frontend',
  reconcile: 'compares a credits service with Stripe',
  audit: "checks a credits service's ledger",
  chaos: 'kills a credits service while it works, and audits it',
  pressure: 'measures a credits service under load',
  admin: "what a credits service's operators must decide",
  replay: 'what recorded runs cost',
  estimate: 'what a workflow will cost',
  credits: 'balance, events and spending of an API key',
  picture: "takes the README's picture",
  shots: 'takes screenshots of every state of the panel',
  'bench:boot': 'boot time with and without the extension',
  'bench:open': 'time from a click to the balance',
  'bench:return': 'time from a payment to the new balance',
  'bench:history': 'how fast a long history is',
  'bench:estimate': 'how fast the estimate of a workflow is',
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  fail(
    `This needs Node.js 20.19 or newer; this is ${process.versions.node}. ` +
      'Get a newer one from https://nodejs.org or with your version manager (`nvm install`).',
  )
}

/**
 * Whether node_modules holds what package-lock.json lists. npm writes
 * node_modules/.package-lock.json last, so an interrupted install does not count.
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
        'Installing would empty that folder. Remove the link, or install there yourself.',
    )
  }
  process.stdout.write('Installing what package-lock.json lists …\n')
  const npm = process.env.npm_execpath
  const { status, error } = npm
    ? spawnSync(process.execPath, [npm, 'ci'], { cwd: ROOT, stdio: 'inherit' })
    : spawnSync('npm ci', { cwd: ROOT, stdio: 'inherit', shell: true })
  if (status !== 0) {
    fail(
      `npm ci failed${error ? ` (${error.message})` : ''}; its output is above. It needs the ` +
        'npm registry (or its cache) and about 500 MB of disk. Fix that and run the command again.',
    )
  }
}

function listOfCommands() {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2
  const lines = Object.entries(COMMANDS).map(([name, what]) => `  ${name.padEnd(width)}${what}`)
  return `Usage: npm run COMMAND -- [options]\n\nCommands:\n${lines.join('\n')}\n\nnpm run COMMAND -- --help explains one of them.`
}

checkNode()
const [name, ...args] = process.argv.slice(2)
if (name === '--help' || name === '-h') {
  process.stdout.write(`${listOfCommands()}\n`)
  process.exit(0)
}
if (name === undefined) fail(listOfCommands())
if (!Object.hasOwn(COMMANDS, name)) fail(`There is no command "${name}".\n\n${listOfCommands()}`)
if (!isInstalled()) install()
process.chdir(ROOT)
const { register } = await import('tsx/esm/api')
register()
const { runCommand } = await import('./command-line.ts')
const { command } = await import(`./commands/${name.replace(':', '-')}.ts`)
await runCommand(command, args)
