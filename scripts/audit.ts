import process from 'node:process'
import { pino } from 'pino'
import { audit } from '../service/audit/audit.ts'
import { openDatabase } from '../service/database/open.ts'
import { readDatabase } from '../service/settings.ts'

/** Prints what is wrong with the ledger; anything sets the exit code to 1. */
export async function auditLedger(): Promise<void> {
  const database = await openDatabase(readDatabase(process.env), pino({ level: 'silent' }))
  try {
    const findings = await audit(database.db)
    for (const { check, subject, words } of findings) {
      console.log(`${check.padEnd(26)} ${subject}\n        ${words}`)
    }
    console.log(findings.length === 0 ? 'The ledger is right.' : `${findings.length} findings`)
    process.exitCode = findings.length === 0 ? 0 : 1
  } finally {
    await database.close()
  }
}
