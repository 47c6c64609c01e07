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
    return [readRecording(path)]
  } catch (error) {
    reportFileError(error)
    return []
  }
}
