import { removeOwnFrames } from './own-frames.ts'
import { report } from './report.ts'

type Callable = (this: unknown, ...given: unknown[]) => unknown

/** What to call around a host's function. If one that observes throws, only the console shows it. */
export interface Observer {
  /** Makes the call itself, later, or not at all; what it returns is what the host's caller gets. */
  readonly around?: (call: () => unknown, given: readonly unknown[]) => unknown
  readonly called?: (given: readonly unknown[]) => void
  readonly answered?: (answer: unknown, given: readonly unknown[]) => void
  readonly failed?: (error: unknown, given: readonly unknown[]) => void
  /** After either of the two. */
  readonly ended?: () => void
}

export interface Interceptor {
  /** False where the host has no such function. */
  start(): boolean
  /** Restores the host's function. If somebody has wrapped ours since, ours only passes calls on. */
  stop(): void
}

/**
 * Observes a function of the host that others may wrap too, before us and after. `this`, arguments,
 * what is returned and what is thrown are the host's own, down to the same promise, unless something
 * stands around the call; only our frames leave the stack of an error.
 */
export function createInterceptor(target: object, name: string, observer: Observer): Interceptor {
  let active = false
  let restore: (() => boolean) | null = null

  function wrap(): boolean {
    const original: unknown = Reflect.get(target, name)
    if (typeof original !== 'function') return false
    const own = Object.hasOwn(target, name)
    function interceptor(this: unknown, ...given: unknown[]): unknown {
      const { around, ...observing } = active ? observer : {}
      const call = () =>
        observe(() => Reflect.apply(original as Callable, this, given), given, observing)
      return around ? around(call, given) : call()
    }
    if (!Reflect.set(target, name, interceptor)) return false
    restore = () => {
      if (Reflect.get(target, name) !== interceptor) return false
      return own ? Reflect.set(target, name, original) : Reflect.deleteProperty(target, name)
    }
    return true
  }

  return {
    start() {
      active = restore !== null || guarded(wrap) === true
      return active
    },
    stop() {
      active = false
      if (restore?.()) restore = null
    },
  }
}

function observe(
  call: () => unknown,
  given: readonly unknown[],
  observer: Omit<Observer, 'around'>,
): unknown {
  guarded(() => observer.called?.(given))
  const failed = (error: unknown): void => {
    // On time for the host: it can only wait for this promise after us.
    removeOwnFrames(error)
    guarded(() => observer.failed?.(error, given))
    guarded(() => observer.ended?.())
  }
  const answered = (answer: unknown): void => {
    guarded(() => observer.answered?.(answer, given))
    guarded(() => observer.ended?.())
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
