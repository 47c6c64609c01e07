/** The faults that a keyword in square brackets in the prompt causes. */
export interface Faults {
  /** `[fail]`: the partner answers 500 to every try. */
  readonly fail: boolean
  /** `[reject]`: the partner refuses the prompt with 400. */
  readonly reject: boolean
  /** `[429]`: the first call is answered 429, the next one as usual. */
  readonly rateLimitOnce: boolean
  /** `[slow]`: a polled job takes about 20 s, a direct answer 10 s. */
  readonly slow: boolean
  /** `[held]`: a polled job goes on until `POST /_sandbox/finish`. */
  readonly held: boolean
  /** `[break]`: a polled job is accepted (and charged) and fails before it is done. */
  readonly breakJob: boolean
}

export function faultsIn(prompt: string): Faults {
  return {
    fail: prompt.includes('[fail]'),
    reject: prompt.includes('[reject]'),
    rateLimitOnce: prompt.includes('[429]'),
    slow: prompt.includes('[slow]'),
    held: prompt.includes('[held]'),
    breakJob: prompt.includes('[break]'),
  }
}
