import { createHash, type Hash } from 'node:crypto'
import * as z from 'zod'

/**
 * A backup is lines of JSON, compressed with gzip: a header, for each table a line that names it and
 * one for each of its rows, and an end with the SHA-256 of all bytes before it. Rows are as PostgreSQL
 * writes them, so that no number and no time passes through JavaScript's. It is the same for both
 * engines.
 */

export const BACKUP_FORMAT = 'comfyui-credits-backup'
export const BACKUP_VERSION = 1

export const headerSchema = z.object({
  format: z.literal(BACKUP_FORMAT),
  version: z.number(),
  /** Of the newest migration, by drizzle's count. */
  schema: z.number(),
  created_at: z.string(),
})

export const tableSchema = z.object({ table: z.string(), columns: z.array(z.string()) })

/** Rows by table, and the checksum of all lines before. */
export const endSchema = z.object({
  end: z.literal(true),
  rows: z.record(z.string(), z.number()),
  sha256: z.string(),
})

/** A backup that cannot be written or read, in a sentence for its operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

export function startChecksum(): Hash {
  return createHash('sha256')
}
