import { browserStorage, writeText } from './browser-storage.ts'
import { storedName } from './stored-data.ts'
import { randomId } from './random-id.ts'

/**
 * Work that only one tab of this browser does at a time. Web Locks choose the tab. On plain http
 * browsers have none, and a lease in localStorage takes their place. It is renewed while the work goes
 * on, and runs out by itself if its tab was killed.
 */
const PREFIX = storedName('turn')

const LEASE_MS = 6000
const LOOK_AGAIN_MS = 250
/** As long as another tab may need to see what this one has written. */
const SETTLE_MS = 50

export interface TurnOptions {
  /** Takes the turn from the tab that has it. */
  readonly steal?: boolean
  /** Ends the waiting for a turn. */
  readonly signal: AbortSignal
}

/**
 * Resolves to what `work` does once it is this tab's turn. `taken` is aborted when another tab
 * steals the turn. Rejects with an AbortError when `signal` is aborted before its turn has come.
 */
export function inOneTab<T>(
  name: string,
  work: (taken: AbortSignal) => Promise<T>,
  options: TurnOptions,
): Promise<T> {
  // Typed as always there; on plain http it is not.
  const locks = navigator.locks as LockManager | undefined
  return locks
    ? withLock(locks, PREFIX + name, work, options)
    : withLease(PREFIX + name, work, options)
}

async function withLock<T>(
  locks: LockManager,
  name: string,
  work: (taken: AbortSignal) => Promise<T>,
  { steal = false, signal }: TurnOptions,
): Promise<T> {
  signal.throwIfAborted()
  const taken = new AbortController()
  const started: Promise<T>[] = []
  try {
    // The API takes either: a thief does not wait.
    return await locks.request(name, steal ? { steal } : { signal }, () => {
      const working = work(taken.signal)
      started.push(working)
      return working
    })
  } catch (error) {
    const [working] = started
    if (!working || !isAbort(error)) throw error
    taken.abort()
    return working
  }
}

async function withLease<T>(
  key: string,
  work: (taken: AbortSignal) => Promise<T>,
  { steal = false, signal }: TurnOptions,
): Promise<T> {
  const lease = leaseOn(key)
  while (!(await lease.take(steal))) {
    signal.throwIfAborted()
    await wait(LOOK_AGAIN_MS)
  }
  const taken = new AbortController()
  const renewal = setInterval(() => {
    if (!lease.renew()) taken.abort()
  }, LEASE_MS / 3)
  const leave = (): void => lease.give()
  window.addEventListener('pagehide', leave)
  try {
    signal.throwIfAborted()
    return await work(taken.signal)
  } finally {
    clearInterval(renewal)
    window.removeEventListener('pagehide', leave)
    lease.give()
  }
}

function leaseOn(key: string) {
  const storage = browserStorage()
  const holder = randomId()
  const read = (): { holder: string; until: number } | null => {
    const [, by, until] = /^(\w+) (\d+)$/.exec(storage.getItem(key) ?? '') ?? []
    return by === undefined ? null : { holder: by, until: Number(until) }
  }
  const isMine = (): boolean => read()?.holder === holder
  const write = (): void => {
    writeText(storage, key, `${holder} ${Date.now() + LEASE_MS}`)
  }
  return {
    async take(steal: boolean): Promise<boolean> {
      const held = read()
      // One that lasts longer was written before the clock was set back.
      const left = held === null ? 0 : held.until - Date.now()
      if (!steal && left > 0 && left <= LEASE_MS) return false
      write()
      await wait(SETTLE_MS)
      // Where nothing can be written no tab can know of another.
      return isMine() || read() === null
    },
    renew(): boolean {
      if (read() !== null && !isMine()) return false
      write()
      return true
    },
    give(): void {
      if (isMine()) storage.removeItem(key)
    },
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
