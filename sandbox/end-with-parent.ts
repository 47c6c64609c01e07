/**
 * Loaded into every process of the sandbox before its own code (`--import`): when the channel to
 * the process that started it closes, because that one was killed, it ends too.
 */
import process from 'node:process'

/** For a process that does not end by itself when asked. */
const GRACE_MS = 4000

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), GRACE_MS).unref()
})
// Listening must not keep a process alive that has nothing else to do.
process.channel?.unref()
