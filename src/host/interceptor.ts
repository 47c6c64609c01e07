import { report } from './report.ts'

type Callable = (this: unknown, ...given: unknown[]) => unknown

/** What we want to hear of a host's function; each may throw without anybody noticing but the console. */
export interface Watching {
  readonly called?: (given: readonly unknown[]) => void
  readonly answered?: (answer: unknown, given: readonly unknown[]) => void
  readonly failed?: (error: unknown, given: readonly unknown[]) => void
  /** After either of the two. */
  readonly ended?: () => void
}

export interface Guest {
  /** False where the host has no such function. */
  start(): boolean
  /** Gives the host its function back; where somebody has wrapped ours since, it only passes on. */
  stop(): void
}

/**
 * Listens at a function of the host that others may wrap too, before us and after. `this`, arguments,
 * what is returned and what is thrown are the host's own, down to the same promise.
 */
export function guestOf(target: object, name: string, watching: Watching): Guest {
  let active = false
  let giveBack: (() => boolean) | null = null

  function wrap(): boolean {
    const original: unknown = Reflect.get(target, name)
    if (typeof original !== 'function') return false
    const own = Object.hasOwn(target, name)
    function guest(this: unknown, ...given: unknown[]): unknown {
      const call = () => Reflect.apply(original as Callable, this, given)
      return active ? listen(call, given, watching) : call()
    }
    if (!Reflect.set(target, name, guest)) return false
    giveBack = () => {
      if (Reflect.get(target, name) !== guest) return false
      return own ? Reflect.set(target, name, original) : Reflect.deleteProperty(target, name)
    }
    return true
  }

  return {
    start() {
      active = giveBack !== null || guarded(wrap) === true
      return active
    },
    stop() {
      active = false
      if (giveBack?.()) giveBack = null
    },
  }
}

function listen(call: () => unknown, given: readonly unknown[], watching: Watching): unknown {
  guarded(() => watching.called?.(given))
  const failed = (error: unknown): void => {
    guarded(() => watching.failed?.(error, given))
    guarded(() => watching.ended?.())
  }
  const answered = (answer: unknown): void => {
    guarded(() => watching.answered?.(answer, given))
    guarded(() => watching.ended?.())
  }
  let result: unknown
  try {
    result = call()
  } catch (error) {
    failed(error)
    throw error
  }
  if (result instanceof Promise) void result.then(answered, failed)
  else answered(result)
  return result
}

function guarded<T>(task: () => T): T | undefined {
  try {
    return task()
  } catch (error) {
    report('A queued run could not be followed.', error)
    return undefined
  }
}
