import Papa from 'papaparse'
import { shownText } from '../../ui/shown-text.ts'
import type { HistoryRow } from '../row.ts'
import { columns, outRow, type BalanceAfter, type OutRow } from './export-row.ts'
import type { Writer } from './chunked-writer.ts'

/** Without it Excel takes UTF-8 for something else. */
const BYTE_ORDER_MARK = '\u{FEFF}'
const LINE_END = '\r\n'
/** The most that a cell of Excel holds; of names, each of which is short itself. */
const MAX_CELL = 32_767

/**
 * RFC 4180: a header, commas, CRLF, quotes where they are needed. Numbers have a point and nothing
 * between their digits. A text that a spreadsheet might run as a formula begins with an apostrophe.
 */
export function csvWriter(balanceAfter: BalanceAfter): Writer {
  return {
    begin: `${BYTE_ORDER_MARK}${columns.join()}${LINE_END}`,
    write: (rows: readonly HistoryRow[]) =>
      Papa.unparse(
        rows.map((row) => cellsOf(outRow(row, balanceAfter))),
        { newline: LINE_END },
      ) + LINE_END,
    between: '',
    end: '',
  }
}

function cellsOf(row: OutRow): string[] {
  return columns.map((column) => {
    const value = row[column]
    if (value === null) return ''
    if (typeof value === 'number') return decimal(value)
    return defused(typeof value === 'string' ? oneLine(value) : listed(value))
  })
}

/** Never as 1e-7: a spreadsheet in another language may read that as a text. */
function decimal(value: number): string {
  const digits = value.toFixed(6).replace(/\.?0+$/, '')
  return digits === '-0' ? '0' : digits
}

function listed(names: readonly string[]): string {
  const all = names.map(oneLine).join('; ')
  return all.length > MAX_CELL ? `${wellFormed(all.slice(0, MAX_CELL - 1))}…` : all
}

function oneLine(name: string): string {
  return wellFormed(shownText(name))
}

/** Half a letter has no place in UTF-8. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\u{FFFD}')
}

/**
 * What OWASP says of CSV injection: a cell is run where it begins with one of these. Programs trim
 * blanks, marks that nobody sees and quotes before they look, so those do not protect from it.
 */
const FORMULA = /^[\s\p{C}"'“”‘’]*[=+\-@＝＋－＠\t\r\n]/u

function defused(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}
