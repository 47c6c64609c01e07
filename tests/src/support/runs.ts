import process from 'node:process'

/** How often a test repeats something random: `full` with FULL=1, as CI sets it, else `few`. */
export const runs = (full: number, few: number): number =>
  process.env['FULL'] === '1' ? full : few
