import * as z from 'zod/mini'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { digest } from '../runs/digest.ts'
import type { Run } from '../runs/run.ts'
import type { StoredEvent } from './stored-event.ts'

/**
 * The one file format, written by "Save as a file" (all that is stored of an account) and by the
 * history's "Save as JSON" (the rows of the list). JSON, `{format, version, exportedAt, purse,
 * limits?, entries}`. Each entry stands on a line of its own: it is read as it comes from the disk, whatever
 * the size of the file, and any tool that reads JSON reads it too.
 *
 * No login is in it. An account is named only by a digest of its id, which says whether a file
 * belongs to the same account.
 */
const FORMAT = 'comfyui-credits-runs'
export const VERSION = 1
export const END = ']}'

/** What "Save as JSON" wrote before: `{format, version, exported_at, rows}`, without an account. */
const ROWS_FORMAT = 'comfyui-credits-history'

/** One line of a file. What a reader does not know of an entry it leaves alone. */
export interface FileEntry {
  readonly run?: Run
  readonly verdict?: Verdict | null
  readonly events?: readonly StoredEvent[]
  readonly reading?: Reading
  /** The same as a row of the list, for other programs (src/history/export/export-row.ts). */
  readonly row?: object
}

const runsHead = z.object({
  format: z.literal(FORMAT),
  version: z.int().check(z.positive()),
  purse: z.string(),
  limits: z.optional(z.unknown()),
})
const rowsHead = z.object({
  format: z.literal(ROWS_FORMAT),
  version: z.int().check(z.positive()),
})

export interface FileHead {
  readonly version: number
  /** The digest of its account; null where the file does not say. */
  readonly account: string | null
  /** What the person has set for it, unparsed; undefined where nothing is. */
  readonly limits: unknown
}

/** Null for anything but a file of ours. */
export function readHead(content: unknown): FileHead | null {
  const head = runsHead.safeParse(content)
  if (head.success) {
    const { version, purse, limits } = head.data
    return { version, account: purse, limits }
  }
  const old = rowsHead.safeParse(content)
  return old.success ? { version: old.data.version, account: null, limits: undefined } : null
}

/** The entries of a file that was read whole; null where it has none. */
export function entriesOf(content: unknown): readonly unknown[] | null {
  const runs = z.object({ entries: z.array(z.unknown()) }).safeParse(content)
  if (runs.success) return runs.data.entries
  const rows = z.object({ rows: z.array(z.unknown()) }).safeParse(content)
  return rows.success ? rows.data.rows : null
}

interface HeadOptions {
  /** When it was written, epoch milliseconds. */
  readonly at: number
  /** What the person has set; versions that do not know it read the rest. */
  readonly limits?: object | null
}

export function headLine(accountKey: string, { at, limits = null }: HeadOptions): string {
  const head = {
    format: FORMAT,
    version: VERSION,
    exportedAt: new Date(at).toISOString(),
    purse: accountDigest(accountKey),
    ...(limits && { limits }),
    entries: [],
  }
  return JSON.stringify(head).slice(0, -END.length)
}

export function accountDigest(accountKey: string): string {
  return digest(`${FORMAT} ${accountKey}`)
}
