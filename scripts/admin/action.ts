import { Problem } from '../../sandbox/problem.ts'
import type { Database, DatabaseLocation } from '../../service/database/open.ts'

/** What was given as options. */
export interface Options {
  readonly name?: string | undefined
  readonly expires?: string | undefined
  readonly workspace?: string | undefined
}

export interface Asked {
  /** What follows the action. */
  readonly args: readonly string[]
  readonly options: Options
  readonly location: DatabaseLocation
  /** Opens it once, on demand: not every action needs it. */
  database(): Promise<Database>
}

/** Resolves with what to print. */
export interface Action {
  /** Stand for the arguments in the sentence for a person who forgot one. */
  readonly needs: readonly string[]
  run(asked: Asked): Promise<string>
}

/** By name; the one without a name needs none. */
export type Actions = Readonly<Record<string, Action>>

/** What an action needs; a missing one is refused before, so none is undefined. */
export function argument({ args }: Asked, index: number): string {
  const value = args[index]
  if (value === undefined) throw new Problem('An argument is missing.')
  return value
}
