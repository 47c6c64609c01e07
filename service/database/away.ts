/**
 * What a connection says when it breaks, where node or `pg` give it no code. A server with a full disk
 * has a code for it that means anything (XX000): it can begin no session without its init file.
 */
const brokenConnection =
  /^(could not write init file|Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout|Cannot use a pool after calling end)/

/**
 * Codes of PostgreSQL: connections that fail (class 08), too many of them (53300), and a server that
 * stops, crashes or starts (57P01 to 57P03). https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const awayCodes = /^(08...|53300|57P0[123])$/

/** Node's codes of a connection that was refused, cut or not answered. */
const networkCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/**
 * Whether an error of a query means that the database cannot be reached just now, so that the same
 * may succeed later. The query may have been carried out all the same.
 */
function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (networkCodes.has(code) || awayCodes.test(String(code))) return true
  if (brokenConnection.test(error.message)) return true
  if (error instanceof AggregateError && error.errors.some(isDatabaseAway)) return true
  return isDatabaseAway(error.cause)
}

/**
 * A lock or a statement that took too long, a deadlock, two writers that excluded each other, or no
 * disk or memory left (class 53).
 */
const busyCodes = /^(55P03|57014|40P01|40001|53[0-24]00)$/

/** Whether the same may succeed later: the database is away, or too busy with something else. */
export function isDatabaseUnavailable(error: unknown): boolean {
  return isDatabaseAway(error) || isDatabaseBusy(error)
}

/** Whether the database refused because of what others do at the moment, and nothing was written. */
export function isDatabaseBusy(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && busyCodes.test(String(cause.code))) return true
  }
  return false
}
