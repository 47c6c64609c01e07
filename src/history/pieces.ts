import { memoize } from '../account-events/memoize.ts'
import type { CostShare } from '../run-archive/summary.ts'
import { callsOf, type DetailCall } from './details.ts'
import type { HistoryRow, RowChange } from './row.ts'

export type SplitBy = 'nodes' | 'models'

/** A part of what a row did to the balance, and the nodes or models that it is of. */
export interface Piece {
  /** More than one: what each of them cost is not known. None: no name is known. */
  readonly names: readonly string[]
  readonly change: RowChange
}

/**
 * What a row cost by node or model. Calls whose cost is known go to their own; what cannot be split
 * stays with those that it may be of. The pieces make the row's change, to the micro-USD.
 */
export function piecesOf(row: HistoryRow, by: SplitBy): readonly Piece[] {
  const known = row.parts !== null || row.shares !== null
  return row[by].length > 1 && known ? splitBy[by](row) : [wholeOf(row, by)]
}

/** Rows do not change, and both charts and groups ask for their pieces again and again. */
const splitBy: Record<SplitBy, (row: HistoryRow) => readonly Piece[]> = {
  nodes: memoize((row: HistoryRow) => split(row, 'nodes')),
  models: memoize((row: HistoryRow) => split(row, 'models')),
}

function wholeOf(row: HistoryRow, by: SplitBy): Piece {
  return { names: row[by], change: row.change }
}

function split(row: HistoryRow, by: SplitBy): readonly Piece[] {
  const calls = row.parts ? callsOf(row.parts).map(shareOf) : (row.shares ?? [])
  const pieces = piecesOfChange(row, calls, by)
  return pieces ?? [wholeOf(row, by)]
}

/** As the row names it: a call that this browser saw by its title, another by its type. */
function shareOf(call: DetailCall): CostShare {
  const { name, nodeType, nodeId, measures, usdMicros, certainty, announced } = call
  return {
    node: nodeId === null ? (nodeType ?? name) : (name ?? nodeType),
    model: measures?.model ?? null,
    usdMicros,
    certainty,
    announcedCredits: announced?.credits ?? null,
  }
}

function piecesOfChange(
  row: HistoryRow,
  calls: readonly CostShare[],
  by: SplitBy,
): readonly Piece[] | null {
  switch (row.change.basis) {
    case 'actual':
      return splitActual(row, row.change, calls, by)
    case 'announced':
      return splitAnnounced(row.change.credits, calls, by)
    case 'none':
      return row[by].map((name) => ({ names: [name], change: { basis: 'none' } }))
    case 'unknown':
      return null
  }
}

function splitActual(
  row: HistoryRow,
  { usdMicros, complete }: Extract<RowChange, { basis: 'actual' }>,
  calls: readonly CostShare[],
  by: SplitBy,
): readonly Piece[] | null {
  const confirmed = new Map<string, number>()
  const open = new Set<string | null>()
  let rest = -usdMicros
  for (const call of calls) {
    const name = nameOf(call, by)
    if (call.certainty === 'proved' && call.usdMicros !== null && name !== null) {
      confirmed.set(name, (confirmed.get(name) ?? 0) + call.usdMicros)
      rest -= call.usdMicros
    } else open.add(name)
  }
  // More than the whole: not all of it can be true.
  if (confirmed.size === 0 || (rest < 0 && usdMicros <= 0)) return null
  const pieces = [...confirmed].map(([name, cost]) => pieceOf([name], cost, true))
  if (rest === 0 && (complete || open.size === 0)) {
    return complete ? pieces : [...pieces, pieceOf(namesOf(open, row[by]), 0, false)]
  }
  const names = namesOf(open, row[by])
  const [only] = names
  const own = names.length === 1 && only !== undefined ? confirmed.get(only) : undefined
  if (own === undefined) return [...pieces, pieceOf(names, rest, complete)]
  // Nothing but another call of the same node can have cost the rest.
  const others = pieces.filter(({ names: [name] }) => name !== only)
  return [...others, pieceOf(names, own + rest, complete)]
}

function pieceOf(names: readonly string[], cost: number, complete: boolean): Piece {
  return { names, change: { basis: 'actual', usdMicros: cost === 0 ? 0 : -cost, complete } }
}

/** Of what was announced each call has said its own price; where these do not make the sum, none. */
function splitAnnounced(
  credits: number,
  calls: readonly CostShare[],
  by: SplitBy,
): readonly Piece[] | null {
  const hundredths = new Map<string, number>()
  let rest = Math.round(credits * 100)
  for (const call of calls) {
    if (call.announcedCredits === null) continue
    const name = nameOf(call, by)
    if (name === null) return null
    const price = Math.round(call.announcedCredits * 100)
    hundredths.set(name, (hundredths.get(name) ?? 0) + price)
    rest -= price
  }
  if (rest !== 0 || hundredths.size === 0) return null
  return [...hundredths].map(([name, price]) => ({
    names: [name],
    change: { basis: 'announced', credits: price / 100 },
  }))
}

function nameOf({ node, model }: CostShare, by: SplitBy): string | null {
  return by === 'models' ? model : node
}

/** Of calls without a name nobody knows which of the row's names they would have. */
function namesOf(open: ReadonlySet<string | null>, all: readonly string[]): readonly string[] {
  const names = [...open].filter((name) => name !== null)
  return names.length === 0 || names.length < open.size ? all : names
}
