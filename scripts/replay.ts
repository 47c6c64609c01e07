import process from 'node:process'
import { readRecording, RecordingError, type Recording } from './recording.ts'
import { replay } from './replay-recordings.ts'

/** Prints the result as JSON. A file that is not a recording is named, and fails the command. */
export function replayFiles(paths: readonly string[]): void {
  const { recordings, failed } = readAll(paths)
  if (recordings.length > 0) console.log(JSON.stringify(replay(recordings), null, 2))
  if (failed) process.exitCode = 1
}

function readAll(paths: readonly string[]): { recordings: Recording[]; failed: boolean } {
  let failed = false
  const recordings = paths.flatMap((path) => {
    try {
      return readRecording(path)
    } catch (error) {
      if (!(error instanceof RecordingError)) throw error
      console.error(`${path}: ${error.code}. ${error.message}`)
      failed = true
      return []
    }
  })
  return { recordings, failed }
}
