import process from 'node:process'
import { pino } from 'pino'
import { Problem } from '../sandbox/problem.ts'
import { openDatabase, type OpenDatabase } from '../service/database/open.ts'
import { ServiceError } from '../service/errors.ts'
import { readDatabase } from '../service/settings.ts'
import type { Action, Actions, Asked, Options } from './admin/action.ts'
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

/** A subject's only action has no name, and takes what follows the subject. */
function chooseAction(words: readonly string[]): { action: Action; args: readonly string[] } {
  const [subject = '', name = '', ...rest] = words
  const actions = Object.hasOwn(subjects, subject) ? subjects[subject] : undefined
  const action = actions && Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!action) throw new Problem(`There is no "${subject} ${name}". Try npm run admin -- --help.`)
  if (rest.length < action.needs.length) {
    throw new Problem(`Say which: ${[subject, name, ...action.needs].join(' ')}.`)
  }
  if (rest.length > action.needs.length) {
    throw new Problem(`Too many arguments: ${rest.slice(action.needs.length).join(' ')}.`)
  }
  return { action, args: rest }
}
