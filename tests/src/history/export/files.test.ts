import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, expect, it } from 'vitest'
import { csvWriter } from '../../../../src/history/export/csv.ts'
import { jsonParts, type JsonSource } from '../../../../src/history/export/json.ts'
import { columns, outRow } from '../../../../src/history/export/export-row.ts'
import { inPieces, writeFile, type Writer } from '../../../../src/history/export/chunked-writer.ts'
import { readAccountEvent } from '../../../../src/account-events/account-event.ts'
import { buildRows } from '../../../../src/history/rows.ts'
import type { HistoryRow } from '../../../../src/history/row.ts'
import { newRun } from '../../../support/builders/run.ts'
import { newRow } from '../../../support/builders/row.ts'

const unknown = (): null => null
const hostile = [
  '=HYPERLINK("http://evil.invalid","click")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '  =1',
  '"=1',
  "'=1",
  '\u{FEFF}=1',
  '\u200B=1',
  '＝1',
  'a,b;c"d\r\ne',
  '<script>alert(1)</script>',
  'x'.repeat(1_000_000),
  '\u202Egnp.exe',
  'nul\u0000and\u001Bescape',
  '\uD800',
  'half\uDC00',
  '__proto__',
  '',
] as const

const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' }))
const someRows: fc.Arbitrary<HistoryRow[]> = fc.array(
  fc
    .record({
      at: fc.oneof(fc.constant(null), fc.integer(), fc.constantFrom(8.64e15, -8.64e15, 9e15)),
      workflow: fc.option(text),
      nodes: fc.array(text, { maxLength: 3 }),
      promptId: fc.option(text),
      change: fc.oneof(
        fc.record({
          basis: fc.constant('actual' as const),
          usdMicros: fc.integer(),
          complete: fc.boolean(),
        }),
        fc.record({
          basis: fc.constant('announced' as const),
          credits: fc.nat(1_000_000).map((hundredths) => hundredths / 100),
        }),
        fc.constantFrom({ basis: 'none' as const }, { basis: 'unknown' as const }),
      ),
    })
    .map(newRow),
  { maxLength: 8 },
)

async function fileOf(rows: readonly HistoryRow[], writer: Writer): Promise<string> {
  const how = { progress: () => {}, loading: () => {}, signal: new AbortController().signal }
  // A Blob's own text() takes the mark away.
  const bytes = await new Blob(await writeFile(rows, writer, how)).arrayBuffer()
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
const csvOf = (rows: readonly HistoryRow[]) => fileOf(rows, csvWriter(unknown))

/** As a program reads it that knows nothing of ours; each line is one row. */
function parsed(csv: string): string[][] {
  const { data, errors } = Papa.parse<string[]>(csv.replace('\u{FEFF}', '').trimEnd(), {
    newline: '\r\n',
  })
  expect(errors).toEqual([])
  return data
}

/** By Python's csv module, as UTF-8 with a mark: of each row its cells. */
function parsedByPython(csv: string): unknown {
  const program =
    'import csv,io,json,sys;print(json.dumps(list(csv.reader(io.StringIO(sys.stdin.buffer.read().decode("utf-8-sig"),newline=""),strict=True))))'
  return JSON.parse(execFileSync('python3', ['-c', program], { input: csv, encoding: 'utf8' }))
}

const cell = (row: readonly string[] | undefined, column: (typeof columns)[number]) =>
  row?.[columns.indexOf(column)]

it('the CSV names what each change was, so that what was spent can be summed', async () => {
  const moved = (kind: HistoryRow['kind'], usdMicros: number) =>
    newRow({ kind, change: { basis: 'actual', usdMicros, complete: true } })
  const rows = [
    moved('run', -60_000),
    moved('usage', -40_000),
    moved('refund', -25_000_000),
    moved('dispute', -10_000_000),
    moved('adjustment', 1_000_000),
    moved('top-up', 25_000_000),
    newRow({ kind: 'account', change: { basis: 'none' } }),
  ]
  const [head = [], ...lines] = parsed(await csvOf(rows))
  const cellOf = (line: readonly string[], column: string) => line[head.indexOf(column)]
  expect(lines.map((line) => cellOf(line, 'movement'))).toEqual([
    'spent',
    'spent',
    'payment-refunded',
    'disputed',
    'adjusted-up',
    'added',
    '',
  ])
  const spent = lines.filter((line) => cellOf(line, 'movement') === 'spent')
  expect(spent.reduce((sum, line) => sum + Number(cellOf(line, 'credits')), 0)).toBeCloseTo(
    -21.1,
    6,
  )
})

it('the CSV is exact to the micro-USD, in credits, dollars and micro-USD, and has no -0', async () => {
  const changed = (usdMicros: number) =>
    newRow({ change: { basis: 'actual', usdMicros, complete: true } })
  const rows = [
    changed(-10),
    changed(-60_003),
    newRow({ change: { basis: 'announced', credits: 0 } }),
  ]
  const [head = [], ...lines] = parsed(await csvOf(rows))
  const figures = lines.map((line) =>
    ['credits', 'usd', 'micro_usd'].map((column) => line[head.indexOf(column)]),
  )
  expect(figures).toEqual([
    ['-0.00211', '-0.00001', '-10'],
    ['-12.660633', '-0.060003', '-60003'],
    ['0', '0', '0'],
  ])
})

it('a file names the member and the API key of a workspace’s event', async () => {
  const event = readAccountEvent({
    event_id: 'e1',
    event_type: 'api_usage_completed',
    createdAt: '2026-11-29T10:00:00Z',
    params: { api_name: 'aurora', charge_micro_usd: 60_000 },
    member_display_name: 'Ann Lee',
    member_email: 'ann@example.com',
    api_key_name: '=CI',
  })
  const rows = buildRows({ events: [event], runs: [], hasMore: false, readAt: 0 })
  expect(outRow(rows[0] ?? newRow({}), unknown)).toMatchObject({
    members: ['Ann Lee'],
    member_emails: ['ann@example.com'],
    api_keys: ['=CI'],
  })
  const [head = [], line = []] = parsed(await csvOf(rows))
  const cells = ['members', 'member_emails', 'api_keys'].map((name) => line[head.indexOf(name)])
  expect(cells).toEqual(['Ann Lee', 'ann@example.com', "'=CI"])
})

describe('a CSV file', () => {
  it('has a mark, a header and lines that end as RFC 4180 says', async () => {
    const csv = await csvOf([newRow({ workflow: 'Castle, "final"' })])
    expect(csv.startsWith(`\u{FEFF}${columns.join(',')}\r\n`)).toBe(true)
    expect(csv.endsWith('\r\n')).toBe(true)
    expect(csv).toContain('"Castle, ""final"""')
    expect(csv.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  it('keeps numbers numbers, with a point, and leaves empty what nobody has said', async () => {
    const [, run, top, open] = parsed(
      await csvOf([
        newRow({
          at: 0,
          durationMs: 1234,
          tokens: { input: 1840, output: null },
          change: { basis: 'actual', usdMicros: -60_000, complete: true },
        }),
        newRow({
          kind: 'top-up',
          change: { basis: 'actual', usdMicros: 5_000_000_000, complete: true },
        }),
        newRow({ change: { basis: 'unknown' } }),
      ]),
    )
    expect(cell(run, 'credits')).toBe('-12.66')
    expect(cell(run, 'usd')).toBe('-0.06')
    expect([cell(run, 'input_tokens'), cell(run, 'output_tokens')]).toEqual(['1840', ''])
    expect(Date.parse(cell(run, 'time') ?? '')).toBe(0)
    expect(cell(run, 'time')).toMatch(/^19(?:69|70)-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)
    expect([cell(top, 'credits'), cell(top, 'usd')]).toEqual(['1055000', '5000'])
    expect([cell(open, 'credits'), cell(open, 'certainty')]).toEqual(['', 'unknown'])
  })

  it('says of each figure how it is known', () => {
    const certainties = (
      [
        { basis: 'actual', usdMicros: -1, complete: true },
        { basis: 'actual', usdMicros: -1, complete: false },
        { basis: 'announced', credits: 12.66 },
        { basis: 'none' },
        { basis: 'unknown' },
      ] as const
    ).map((change) => outRow(newRow({ change }), unknown).certainty)
    expect(certainties).toEqual(['proved', 'at-least', 'announced', 'proved', 'unknown'])
    expect(
      outRow(newRow({ change: { basis: 'announced', credits: 12.66 } }), unknown),
    ).toMatchObject({ credits: -12.66, usd: -0.06 })
  })

  it.each(hostile.map((name) => [JSON.stringify(name.slice(0, 40)), name]))(
    'has no cell that a spreadsheet runs: %s',
    async (_what, name) => {
      const csv = await csvOf([newRow({ workflow: name, nodes: [name, name], promptId: name })])
      const cells = parsed(csv)[1] ?? []
      expect(cells).toHaveLength(columns.length)
      for (const column of ['workflow', 'nodes', 'prompt_id'] as const) {
        expect(cell(cells, column)).not.toMatch(/^[\s"\u{FEFF}\u200B]*[=+\-@＝]/u)
      }
      expect(csv.length).toBeLessThan(40_000)
      expect(csv).not.toMatch(/\p{Cs}/u)
    },
  )

  it('says the same to every reader, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(someRows, async (rows) => {
        const read = parsed(await csvOf(rows))
        expect(read).toHaveLength(rows.length + 1)
        for (const [index, row] of rows.entries()) {
          const { credits } = outRow(row, unknown)
          const said = cell(read[index + 1], 'credits')
          expect(said === '' ? null : Number(said)).toBe(credits === 0 ? 0 : credits)
          expect(read[index + 1]).toHaveLength(columns.length)
        }
      }),
    )
    const rows = hostile.map((name) => newRow({ workflow: name, nodes: [name, 'plain'] }))
    const csv = await csvOf(rows)
    expect(parsedByPython(csv)).toEqual(parsed(csv))
  })
})

async function jsonOf(rows: readonly HistoryRow[], source: Partial<JsonSource> = {}) {
  const how = { progress: () => {}, loading: () => {}, signal: new AbortController().signal }
  const usual = { accountKey: 'token:ann', archive: null, balanceAfter: unknown, readings: [] }
  const parts = await jsonParts(rows, { ...usual, ...source }, how)
  return JSON.parse(await new Blob(parts).text()) as { entries: Record<string, unknown>[] }
}

describe('a JSON file', () => {
  it('is one object with the same rows, their texts as they came', async () => {
    const rows = hostile.map((name, at) => newRow({ at, workflow: name, nodes: [name] }))
    const file = await jsonOf(rows)
    expect(file).toMatchObject({ format: 'comfyui-credits-runs', version: 1 })
    expect(JSON.stringify(file)).not.toContain('token:ann')
    const written = file.entries.map(({ row }) => row as { workflow: string })
    expect(written.map(({ workflow }) => workflow)).toEqual([...hostile])
    expect(Object.keys(written[0] ?? {})).toEqual([...columns])
  })

  it('is whole with no rows and with those of many pieces', async () => {
    for (const count of [0, 1, 1234]) {
      const rows = Array.from({ length: count }, (_, at) => newRow({ at }))
      const file = await jsonOf(rows, { balanceAfter: () => 1_000_000 })
      expect(file.entries).toHaveLength(count)
    }
  })

  it('has what each row is made of: of a run, its calls; of others, their events', async () => {
    const own = newRun({ promptId: 'own', purse: 'token:ann' })
    const stored = newRun({ promptId: 'stored', purse: 'token:ann' })
    const event = readAccountEvent({
      event_id: 'e1',
      event_type: 'credit_added',
      createdAt: '2026-11-22T12:00:00.000Z',
      params: { amount: 500, transaction_id: 'pi_1' },
    })
    const file = await jsonOf(
      [
        newRow({ promptId: 'own', parts: { run: own, verdict: null, events: [event] } }),
        newRow({ promptId: 'stored' }),
        newRow({ kind: 'top-up', parts: { run: null, verdict: null, events: [event] } }),
      ],
      {
        archive: {
          find: async (accountKey, ids) =>
            accountKey === 'token:ann' && ids.includes('stored')
              ? [{ run: stored, verdict: null }]
              : [],
        },
        readings: [{ at: 1, usdMicros: 2 }],
      },
    )
    expect(file.entries.map(({ row: _row, ...rest }) => rest)).toEqual([
      { run: { ...own, purse: null }, verdict: null },
      { run: { ...stored, purse: null }, verdict: null },
      {
        events: [
          {
            event_id: 'e1',
            event_type: 'credit_added',
            createdAt: '2026-11-22T12:00:00.000Z',
            params: { amount: 500, transaction_id: 'pi_1' },
          },
        ],
      },
      { reading: { at: 1, usdMicros: 2 } },
    ])
  })

  it('is none where it is cancelled', async () => {
    const cancelling = new AbortController()
    const how = { progress: () => cancelling.abort(), loading: () => {}, signal: cancelling.signal }
    const rows = Array.from({ length: 500 }, (_, at) => newRow({ at }))
    const source = { accountKey: '', archive: null, balanceAfter: unknown, readings: [] }
    await expect(jsonParts(rows, source, how)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('a long file', () => {
  it('is written in pieces, each of which lets the page do something else', async () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => newRow({ at, workflow: `w${at}` }))
    const shares: number[] = []
    let others = 0
    const timer = setInterval(() => (others += 1), 1)
    await writeFile(rows, csvWriter(unknown), {
      progress: (share) => shares.push(share),
      signal: new AbortController().signal,
    })
    clearInterval(timer)
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(others).toBeGreaterThan(0)
  })

  it('ends where it is when it is cancelled', async () => {
    const cancelling = new AbortController()
    let done = 0
    const work = inPieces(
      Array.from({ length: 100_000 }, (_, index) => index),
      (some) => {
        const until = performance.now() + 1
        while (performance.now() < until) done += some.length === 0 ? 1 : 0
        done += 1
      },
      { progress: () => cancelling.abort(), signal: cancelling.signal },
    )
    await expect(work).rejects.toMatchObject({ name: 'AbortError' })
    expect(done).toBeLessThan(100)
  })
})
