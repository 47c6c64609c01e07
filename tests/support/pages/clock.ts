import type { BrowserContext } from 'playwright-core'

/** Pages opened from now on have a clock that is off by so much, as a computer's may be. */
export async function setClockOff(person: BrowserContext, ms: number): Promise<void> {
  await person.addInitScript((off) => {
    const RealDate = Date
    const now = (): number => RealDate.now() + off
    globalThis.Date = new Proxy(RealDate, {
      construct: (target, given) =>
        Reflect.construct(target, given.length === 0 ? [now()] : given) as object,
      apply: () => new RealDate(now()).toString(),
      get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    })
  }, ms)
}
