import process from 'node:process'
import { reportFileError } from './json-file.ts'
import { readRecording, type Recording } from './recording.ts'
import { replay } from './replay-recordings.ts'

/** Prints the result as JSON. A file that is not a recording is named, and fails the command. */
export function replayFiles(paths: readonly string[]): void {
  const recordings = paths.flatMap(readOrReport)
  if (recordings.length > 0) console.log(JSON.stringify(replay(recordings), null, 2))
}

function readOrReport(path: string): readonly Recording[] {
  try {
    const recording = readRecording(path)
    if (recording.unread > 0) reportUnread(path, recording.unread)
    return [recording]
  } catch (error) {
    reportFileError(error)
    return []
  }
}

/** What is left of the file is replayed all the same. */
function reportUnread(path: string, unread: number): void {
  const what = unread === 1 ? '1 entry of its events is none' : `${unread} of its events are none`
  console.error(`${path}: unreadable-events. ${what}; the others are replayed.`)
  process.exitCode = 1
}
