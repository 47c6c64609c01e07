import { DrizzleQueryError } from 'drizzle-orm'
import { startService } from './server.ts'
import { readSettings } from './settings.ts'

/**
 * The credits service as a process: settings from the environment, one JSON line
 * `{"ready":true,"url":"…"}` on standard output once it listens, an orderly shutdown on SIGTERM and
 * SIGINT. If it cannot start, one sentence on standard error and exit code 1.
 */

/** SIGTERM promises three seconds. */
const LONGEST_END_MS = 2_900

async function main(): Promise<void> {
  const service = await startService(readSettings(process.env))
  const end = () => {
    setTimeout(() => fail('The service did not stop in time.'), LONGEST_END_MS).unref()
    service.close().then(() => process.exit(0), fail)
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  process.stdout.write(`${JSON.stringify({ ready: true, url: service.url })}\n`)
}

function fail(error: unknown): never {
  process.stderr.write(`${sentence(error)}\n`)
  process.exit(1)
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE') {
    return 'The port is in use by another process. Choose another by PORT.'
  }
  // The message of a failed query holds its values; the reason is in the cause.
  if (error instanceof DrizzleQueryError && error.cause) return sentence(error.cause)
  // A refused connection is an AggregateError without a message.
  return error.message || `Could not start (${'code' in error ? String(error.code) : error.name}).`
}

main().catch(fail)
