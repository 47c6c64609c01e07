import type { HistoryRow } from '../row.ts'
import { outRow, type BalanceAfter } from './export-row.ts'
import type { Writer } from './chunked-writer.ts'

const FORMAT = 'comfyui-credits-history'
const VERSION = 1

/**
 * One object: `format`, `version`, `exported_at` (ISO 8601), and `rows` as src/history/export/export-row.ts
 * describes them, one in a line. Texts are as they came, whatever is in them.
 */
export function jsonWriter(balanceAfter: BalanceAfter, exportedAt: Date): Writer {
  const head = { format: FORMAT, version: VERSION, exported_at: exportedAt.toISOString() }
  return {
    begin: `${JSON.stringify(head).slice(0, -1)},"rows":[\n`,
    write: (rows: readonly HistoryRow[]) =>
      rows.map((row) => JSON.stringify(outRow(row, balanceAfter))).join(',\n'),
    between: ',\n',
    end: '\n]}\n',
  }
}
