import process from 'node:process'
import { pino } from 'pino'
import { Problem } from '../sandbox/problem.ts'
import { openDatabase, type OpenDatabase } from '../service/database/open.ts'
import { ServiceError } from '../service/errors.ts'
import { readDatabase } from '../service/settings.ts'
import type { Action, Actions, Asked, Options } from './admin/action.ts'
import { backupAction, restoreAction } from './admin/backups.ts'
import { holdActions } from './admin/holds.ts'
import { keyActions } from './admin/keys.ts'
import { memberActions } from './admin/members.ts'
import { webhookActions } from './admin/webhooks.ts'

const subjects: Readonly<Record<string, Actions>> = {
  webhooks: webhookActions,
  holds: holdActions,
  keys: keyActions,
  members: memberActions,
}

/** Runs one action on the service's database and prints its result. */
export async function administer(words: readonly string[], options: Options = {}): Promise<void> {
  const { action, args } = chooseAction(words)
  const location = readDatabase(process.env)
  let opened: OpenDatabase | undefined
  const asked: Asked = {
    args,
    options,
    location,
    async database() {
      opened ??= await openDatabase(location, pino({ level: 'silent' }))
      return opened.db
    },
  }
  try {
    console.log(await action.run(asked))
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    throw new Problem(error.message, { cause: error })
  } finally {
    await opened?.close()
  }
}

/** Actions without a subject. */
const alone: Readonly<Record<string, Action>> = { backup: backupAction, restore: restoreAction }

function chooseAction(words: readonly string[]): { action: Action; args: readonly string[] } {
  const [subject = '', ...rest] = words
  const single = own(alone, subject)
  if (single) return { action: single, args: checked([subject], single, rest) }
  const [name = '', ...args] = rest
  const actions = own(subjects, subject)
  const action = actions && own(actions, name)
  if (!action) throw new Problem(`There is no "${subject} ${name}". Try npm run admin -- --help.`)
  return { action, args: checked([subject, name], action, args) }
}

/** Not what every object has, such as `constructor`. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function checked(
  named: readonly string[],
  { needs }: Action,
  args: readonly string[],
): readonly string[] {
  if (args.length < needs.length) {
    throw new Problem(`Say which: ${[...named, ...needs].join(' ')}.`)
  }
  if (args.length > needs.length) {
    throw new Problem(`Too many arguments: ${args.slice(needs.length).join(' ')}.`)
  }
  return args
}
