/** Prints what recorded runs cost and how we know: `npm run replay -- FILE.json [FILE2.json …]`. */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { Problem } from '../sandbox/problem.ts'
import { readRecording, RecordingError, type Recording } from './recording.ts'
import { replay } from './replay-recordings.ts'
import { runScript } from './run-script.ts'

const USAGE = `npm run replay -- FILE.json [FILE2.json …]

Feeds recorded events of ComfyUI pages, one file after the other, through the recorder and the
reconciliation, and prints as JSON:

  runs                 what this page ran: outcome, cost and calls of each
  unexplained_credits  what left the billing account and is explained by nothing; negative: what came in
  explained            what the changes of the balance were
  refused              requests that the server did not take: no runs

  certainty, price_kind  proved (the balance shows it), at-least (so much is shown or announced),
                         announced (only the run's texts say so), unknown
A file that is no recording is said on stderr with its code (file-unreadable, not-json,
not-a-recording); the others are replayed all the same, and the command ends with 1.`

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

await runScript(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  if (positionals.length === 0) throw new Problem(`No file was given.\n\n${USAGE}`)
  const { recordings, failed } = readAll(positionals)
  if (recordings.length > 0) console.log(JSON.stringify(replay(recordings), null, 2))
  if (failed) process.exitCode = 1
})
