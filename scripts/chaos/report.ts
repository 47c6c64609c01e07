import type { ChaosOptions, ChaosResult } from './run.ts'

const MOST_FINDINGS = 40

/** One page: what was done, what the others' books say, and what is wrong. */
export function describeChaos(
  { seed, database }: Pick<ChaosOptions, 'seed' | 'database'>,
  { counts, facts, findings, folder }: ChaosResult,
): string {
  const where = database === 'server' ? 'two instances on PostgreSQL' : 'one instance on PGlite'
  const rows = [...counts].toSorted(([one], [other]) => one.localeCompare(other))
  const more = findings.length - MOST_FINDINGS
  const verdict =
    findings.length === 0
      ? ['Nothing is lost, double or invented; all work is charged or listed.']
      : [
          `${findings.length} findings; the logs are in ${folder}`,
          ...findings.slice(0, MOST_FINDINGS),
          ...(more > 0 ? [`… and ${more} more`] : []),
        ]
  return [
    `Chaos with seed ${seed}, ${where}`,
    '',
    ...inColumns(rows),
    '',
    ...inColumns(Object.entries(facts)),
    '',
    ...verdict,
  ].join('\n')
}

const inColumns = (rows: readonly (readonly [string, number])[]): string[] =>
  rows.map(([name, count]) => `${name.padEnd(36)}${String(count).padStart(8)}`)
