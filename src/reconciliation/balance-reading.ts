/** A balance as it was read; epoch milliseconds and micro-USD. */
export interface Reading {
  readonly at: number
  readonly usdMicros: number
}
