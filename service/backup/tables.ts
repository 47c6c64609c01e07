/**
 * What a backup has, in the order in which it can be restored: each table after those it refers to.
 * Counts of rate limits are left out, which end within minutes.
 */
export interface BackupTable {
  readonly name: string
  /** In SQL: rows that refer to others of their table come after them. */
  readonly order: string
  /**
   * Columns that the database writes itself. An account's are written by the triggers on its entries
   * and holds as these are restored, so the ledger proves itself once more, and are compared then.
   */
  readonly written: readonly string[]
}

const table = (name: string, order: string, written: readonly string[] = []): BackupTable => ({
  name,
  order,
  written,
})

export const WRITTEN_BY_TRIGGERS = ['balance_usd_micros', 'head_seq', 'held_usd_micros'] as const

export const backupTables: readonly BackupTable[] = [
  table('accounts', 'created_at, id', WRITTEN_BY_TRIGGERS),
  table('workspaces', 'created_at, id'),
  table('workspace_members', 'workspace_id, person_id'),
  table('api_keys', 'created_at, key_hash'),
  table('ledger_entries', 'account_id, seq', ['previous_seq']),
  table('purchases', 'replaces is not null, created_at, id'),
  table('card_top_ups', 'created_at, id'),
  table('account_events', 'seq'),
  table('partner_jobs', 'account_id, path, job_id'),
  table('holds', 'created_at, id'),
  table('webhook_events', 'received_at, id'),
  table('read_positions', 'list'),
]
