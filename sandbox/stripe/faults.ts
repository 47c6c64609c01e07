import type { Faults } from './state.ts'

type Countdown = { [Key in keyof Faults]: Key extends `${string}_next` ? Key : never }[keyof Faults]

/** Uses up one of a fault's remaining occurrences, if there is one. */
export function takeOne(faults: Faults, name: Countdown): boolean {
  if (faults[name] === 0) return false
  faults[name] -= 1
  return true
}
