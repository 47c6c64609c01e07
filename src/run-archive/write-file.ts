import type { Entries } from './port.ts'
import { END, headLine } from './file-format.ts'

/**
 * The parts of a file, in order; each is kept by the browser and not in the page's memory. Ends
 * early where `signal` aborts: what there is then is no whole file. `told` is called with how many
 * runs have been written.
 */
export async function fileParts(
  accountKey: string,
  pieces: AsyncIterable<Entries>,
  { at, signal, told }: { at: number; signal: AbortSignal; told: (runs: number) => void },
): Promise<Blob[]> {
  const parts = [new Blob([headLine(accountKey, at)])]
  let runs = 0
  let separator = '\n'
  for await (const piece of pieces) {
    if (signal.aborted) return parts
    const lines = linesOf(piece)
    if (lines.length > 0) parts.push(new Blob([separator, lines.join(',\n')]))
    if (lines.length > 0) separator = ',\n'
    runs += piece.runs.length
    told(runs)
  }
  return [...parts, new Blob([`\n${END}\n`])]
}

function linesOf({ runs, readings }: Entries): string[] {
  return [
    // Its billing account is the file's, and begins with the id of an account.
    ...runs.map(({ run, verdict }) => JSON.stringify({ run: { ...run, purse: null }, verdict })),
    ...readings.map((reading) => JSON.stringify({ reading })),
  ]
}
