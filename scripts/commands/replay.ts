import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'replay',
  description: `Feeds events recorded from ComfyUI pages, file by file, through the recorder and the
reconciliation, and prints as JSON:

  runs                 the runs of this page: outcome, cost and calls of each
  unexplained_credits  credits that left the account unexplained; negative: credits that came in
  explained            what each change of the balance was
  refused              requests that the server did not accept: no runs

  certainty, price_kind  proved (the balance shows it), at-least (shown or announced so far),
                         announced (only the run's texts say so), unknown

A file that is not a recording is named on stderr with a code (file-unreadable, not-json,
not-a-recording), and so is one with entries that are no events (unreadable-events). All else is
still replayed, and the exit code is 1.`,
  arguments: { value: 'FILE…', atMost: Infinity, missing: 'No file was given.' },
  examples: ['npm run replay -- before-reload.json after-reload.json'],
  async run(_, files) {
    const { replayFiles } = await import('../replay.ts')
    replayFiles(files)
  },
})
