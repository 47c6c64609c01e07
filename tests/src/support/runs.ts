import process from 'node:process'

/** How much of something a test tries: `full` with FULL=1, as CI sets it, else `few`. */
export const runs = (full: number, few: number): number =>
  process.env['FULL'] === '1' ? full : few
