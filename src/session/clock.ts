import { defineStore } from 'pinia'

/**
 * The time of this page, epoch milliseconds: the browser's clock, and on from there where that is
 * set back meanwhile. What comes later never has the earlier time, so that balances, runs and events
 * stay in the order in which they came.
 */
export const useClockStore = defineStore('clock', () => {
  let last = -Infinity
  let shift = 0

  function now(): number {
    const at = Date.now() + shift
    if (at < last) shift += last - at
    last = Math.max(last, at)
    return last
  }

  /** Of a time that `Date.now()` gave just now. */
  function toPageTime(at: number): number {
    now()
    return at + shift
  }

  return { now, toPageTime }
})
