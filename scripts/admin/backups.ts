import { resolve } from 'node:path'
import { Problem } from '../../sandbox/problem.ts'
import { BackupError } from '../../service/backup/format.ts'
import { restoreBackup } from '../../service/backup/restore.ts'
import { writeBackup } from '../../service/backup/write.ts'
import { argument, type Action, type Asked } from './action.ts'

/** Writes the whole ledger into a file. */
export const backupAction: Action = {
  needs: ['FILE'],
  run: (asked) =>
    inSentences(async () => {
      const file = resolve(argument(asked, 0))
      const { rows } = await writeBackup(await asked.database(), file)
      return `${file} has ${rows} rows.`
    }),
}

/** Reads one into an empty database. */
export const restoreAction: Action = {
  needs: ['FILE'],
  run: (asked) =>
    inSentences(async () => {
      const file = resolve(argument(asked, 0))
      const { rows, createdAt } = await restoreBackup(await asked.database(), file)
      return `${rows} rows of ${createdAt} are restored to ${placeOf(asked)}. The audit found nothing wrong.`
    }),
}

/** Without a password that may be in its address. */
function placeOf({ location }: Asked): string {
  return 'url' in location ? `the server ${new URL(location.url).host}` : location.folder
}

async function inSentences(run: () => Promise<string>): Promise<string> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    throw new Problem(error.message, { cause: error })
  }
}
