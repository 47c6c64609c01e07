/**
 * Loaded into every process of the sandbox before its own code (`--import`). When its parent is
 * killed, the channel between them closes, and the process ends too.
 */
import process from 'node:process'

/** For a process that does not end on request. */
const GRACE_MS = 4000

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), GRACE_MS).unref()
})
// Listening must not keep a process alive that has nothing else to do.
process.channel?.unref()
