/** An answer of the service: its date, and this page's time when it came. */
export interface ServiceAnswer {
  readonly date: number
  readonly page: number
  readonly tookMs: number
  /** Of a clock that nobody sets (`performance.now()`). */
  readonly ticks: number
}

/** A Date is cut to the second, and a server may take it from another than the one that counts. */
const DATE_SLACK_MS = 500
const SECOND_MS = 1000
/** Clocks drift, and timers are late. */
const DRIFT_MS = 2000

/**
 * The service's time, so that a wrong clock opens no limit. Between two answers the time goes on no
 * faster than the clock that nobody sets: one that was set forward, or a computer that has slept, is
 * believed with the next answer.
 */
export class LimitClock {
  #anchor: { readonly service: number; readonly ticks: number }
  #offset = 0

  constructor(page: number, ticks: number) {
    this.#anchor = { service: page, ticks }
  }

  /** How far the service's clock is ahead of this page's, as far as it is known; milliseconds. */
  get offset(): number {
    return this.#offset
  }

  answered({ date, page, tookMs, ticks }: ServiceAnswer): void {
    const low = date - DATE_SLACK_MS - page
    const high = date + SECOND_MS + DATE_SLACK_MS - (page - tookMs)
    // Where both may be right, they are.
    this.#offset = low <= 0 && high >= 0 ? 0 : Math.round((low + high) / 2)
    this.#anchor = { service: page + this.#offset, ticks }
  }

  now(page: number, ticks: number): number {
    return Math.min(page + this.#offset, this.#byTicks(ticks))
  }

  /** Whether the next answer may say another time. */
  isUnsure(page: number, ticks: number): boolean {
    return page + this.#offset > this.#byTicks(ticks)
  }

  #byTicks(ticks: number): number {
    return this.#anchor.service + (ticks - this.#anchor.ticks) + DRIFT_MS
  }
}
