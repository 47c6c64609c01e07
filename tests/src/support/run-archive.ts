import { afterEach } from 'vitest'
import { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import type { Run } from '../../../src/runs/run.ts'
import { newCall, newRun, NOON } from '../../support/builders/run.ts'

/** A run of one call that has succeeded. */
export function runOf(promptId: string, part: Partial<Run> = {}): Run {
  return newRun({
    promptId,
    purse: 'token:ann',
    workflow: 'portrait',
    calls: [newCall({ nodeId: '3:1', announcedCredits: 12.66, endedAt: NOON + 9000 })],
    ...part,
  })
}

/** Tabs of a browser whose database is new for each test. One set of hooks for a file. */
export function archiveTests(): (
  limits?: ConstructorParameters<typeof DatabaseRunArchive>[0],
) => DatabaseRunArchive {
  const ledgers = new Set<DatabaseRunArchive>()
  afterEach(() => {
    for (const ledger of ledgers) ledger.close()
    ledgers.clear()
  })
  return (limits) => {
    const ledger = new DatabaseRunArchive(limits)
    ledgers.add(ledger)
    return ledger
  }
}
