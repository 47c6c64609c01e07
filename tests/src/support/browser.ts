import { setImmediate } from 'node:timers'
import { afterEach, beforeEach, vi } from 'vitest'

/**
 * A browser of several tabs in one process, on a clock of its own. Timers, localStorage, Web Locks,
 * channels and window events belong to the tab that runs; everything that comes from outside is a
 * task of one tab, and no task begins before the last one's promises are through. So a tab that is
 * killed stops for good, in the middle of what it does if need be, and a run can be repeated.
 */

interface Task {
  readonly at: number
  readonly order: number
  /** Null: of the world outside. */
  readonly tab: Tab | null
  readonly run: () => void
}

interface Claim {
  readonly tab: Tab
  readonly begin: () => void
  readonly stolen: () => void
}

interface Lock {
  holder: Claim | null
  queue: Claim[]
  /** When a tab last lost it, in waking time. */
  readonly had: Map<Tab, number>
}

type Listener = (event: unknown) => void

export class Tab {
  alive = true
  visible = true
  /** So many effects until it is killed; null: it lives on. */
  fuse: number | null = null
  readonly listeners: { target: 'window' | 'document'; type: string; listener: Listener }[] = []
  readonly storage: Storage

  constructor(readonly browser: Browser) {
    this.storage = browser.storageOf(this)
  }
}

export class Browser {
  now = Date.UTC(2026, 10, 22)
  running: Tab | null = null
  readonly tabs: Tab[] = []
  /** What localStorage holds, for all tabs. */
  readonly stored = new Map<string, string>()
  readonly channels = new Set<{ readonly tab: Tab; readonly hear: (data: unknown) => void }>()
  /** Called with everything that is written; null: taken away. */
  onWrite: (key: string, value: string | null) => void = () => {}
  private readonly locks = new Map<string, Lock>()
  private readonly cancelled = new Set<number>()
  private tasks: Task[] = []
  private count = 0
  private sleptMs = 0

  constructor(readonly hasLocks: boolean) {}

  /** False when the tab is no more: then what it is about to do does not happen. */
  effect(tab: Tab): boolean {
    if (tab.fuse !== null && tab.fuse > 0) tab.fuse -= 1
    else if (tab.fuse === 0) this.kill(tab)
    return tab.alive
  }

  later(tab: Tab | null, ms: number, run: () => void): number {
    const order = (this.count += 1)
    const task = { at: this.now + Math.max(0, ms), order, tab, run }
    const index = this.tasks.findIndex(({ at }) => at > task.at)
    this.tasks.splice(index === -1 ? this.tasks.length : index, 0, task)
    return order
  }

  every(tab: Tab, ms: number, run: () => void): number {
    const again = (): void => {
      if (this.cancelled.has(id)) return
      this.later(tab, ms, again)
      run()
    }
    const id = this.later(tab, ms, again)
    return id
  }

  cancel(order: number): void {
    this.cancelled.add(order)
    this.tasks = this.tasks.filter((task) => task.order !== order)
  }

  /** Does something in a tab, and waits until all that follows from it at once is through. */
  async act(tab: Tab | null, run: () => void): Promise<void> {
    if (tab?.alive === false) return
    this.running = tab
    run()
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    this.running = null
  }

  /** Lets that much time go by. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms
    for (;;) {
      const [next] = this.tasks
      if (!next || next.at > until) break
      this.tasks.shift()
      this.now = Math.max(this.now, next.at)
      await this.act(next.tab, next.run)
    }
    this.now = until
  }

  /** The lid is closed: the time goes by and nothing happens in it. */
  sleep(ms: number): void {
    this.now += ms
    this.sleptMs += ms
  }

  /** The time without its sleep. */
  get awakeMs(): number {
    return this.now - this.sleptMs
  }

  open(): Tab {
    const tab = new Tab(this)
    this.tabs.push(tab)
    return tab
  }

  kill(tab: Tab): void {
    tab.alive = false
    this.tasks = this.tasks.filter((task) => task.tab !== tab)
    for (const lock of this.locks.values()) {
      lock.queue = lock.queue.filter((claim) => claim.tab !== tab)
      if (lock.holder?.tab === tab) this.free(lock)
    }
  }

  emit(tab: Tab, target: 'window' | 'document', type: string, event: object = {}): void {
    const heard = tab.listeners.filter((each) => each.target === target && each.type === type)
    for (const { listener } of heard) listener({ type, ...event })
  }

  /** What a page of this origin tells all tabs. */
  broadcast(data: unknown): void {
    for (const { tab, hear } of this.channels) this.later(tab, 1, () => hear(data))
  }

  storageOf(tab: Tab): Storage {
    const { stored } = this
    const write = (key: string, value: string | null): void => {
      if (!this.effect(tab)) return
      if (value === null) stored.delete(key)
      else stored.set(key, value)
      this.onWrite(key, value)
      for (const other of this.tabs) {
        if (other === tab || !other.alive) continue
        this.later(other, 1, () => this.emit(other, 'window', 'storage', { key, newValue: value }))
      }
    }
    return {
      get length() {
        return stored.size
      },
      key: (index) => [...stored.keys()][index] ?? null,
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => write(key, value),
      removeItem: (key) => write(key, null),
      clear: () => stored.clear(),
    }
  }

  /** Whether this tab has a lock whose name has these words in it, or had it so lately. */
  hasHeld(tab: Tab, words: string, withinMs: number): boolean {
    return [...this.locks].some(([name, { holder, had }]) => {
      if (!name.includes(words)) return false
      return holder?.tab === tab || this.awakeMs - (had.get(tab) ?? 0) <= withinMs
    })
  }

  lockManagerOf(tab: Tab): Pick<LockManager, 'request'> {
    const request = <T>(
      name: string,
      { steal = false, signal }: LockOptions,
      work: () => Promise<T>,
    ): Promise<T> =>
      new Promise((resolve, reject) => {
        if (!this.effect(tab)) return
        const lock: Lock = this.locks.get(name) ?? { holder: null, queue: [], had: new Map() }
        this.locks.set(name, lock)
        const claim: Claim = {
          tab,
          begin: () => {
            work()
              .finally(() => {
                if (lock.holder === claim) this.free(lock)
              })
              .then(resolve, reject)
          },
          stolen: () => reject(new DOMException('Stolen', 'AbortError')),
        }
        const { holder } = lock
        if (steal && holder) {
          this.leave(lock)
          this.later(holder.tab, 0, holder.stolen)
        }
        if (steal) lock.queue.unshift(claim)
        else lock.queue.push(claim)
        signal?.addEventListener('abort', () => {
          if (!lock.queue.includes(claim)) return
          lock.queue = lock.queue.filter((other) => other !== claim)
          reject(new DOMException('Aborted', 'AbortError'))
        })
        this.grant(lock)
      })
    return { request: request as LockManager['request'] }
  }

  private leave(lock: Lock): void {
    if (lock.holder) lock.had.set(lock.holder.tab, this.awakeMs)
    lock.holder = null
  }

  private free(lock: Lock): void {
    this.leave(lock)
    this.grant(lock)
  }

  private grant(lock: Lock): void {
    if (lock.holder !== null) return
    const next = lock.queue.shift()
    if (!next) return
    lock.holder = next
    this.later(next.tab, 0, next.begin)
  }
}

let browser: Browser | null = null

/** From now on this one's tabs are what code finds around it while they run. */
export function useBrowser(next: Browser): void {
  browser = next
}

const running = (): Tab | null => browser?.running ?? null

class Channel extends EventTarget {
  private readonly ear: { readonly tab: Tab; readonly hear: (data: unknown) => void } | null
  constructor() {
    super()
    const tab = running()
    const hear = (data: unknown): void => {
      this.dispatchEvent(new MessageEvent('message', { data }))
    }
    this.ear = tab && { tab, hear }
    if (this.ear) browser?.channels.add(this.ear)
  }
  close(): void {
    if (this.ear) browser?.channels.delete(this.ear)
  }
}

/** The globals, by the tab that runs; outside of all tabs they are what they were. */
export function browserTests(): void {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, now: Date.now }
  type Timer = (run: (...all: unknown[]) => void, ms?: number, ...all: unknown[]) => unknown
  const timer =
    (kind: 'later' | 'every', otherwise: Timer): Timer =>
    (run, ms = 0, ...all) => {
      const tab = running()
      if (!tab || !browser) return otherwise(run, ms, ...all)
      return tab.alive ? browser[kind](tab, ms, () => run(...all)) : 0
    }
  const clear = (otherwise: (id: number) => void) => (id: unknown) => {
    if (typeof id === 'number') browser?.cancel(id)
    else otherwise(id as number)
  }

  beforeEach(() => {
    vi.stubGlobal('setTimeout', timer('later', real.setTimeout as Timer))
    vi.stubGlobal('setInterval', timer('every', real.setInterval as Timer))
    vi.stubGlobal('clearTimeout', clear(real.clearTimeout))
    vi.stubGlobal('clearInterval', clear(real.clearInterval))
    vi.stubGlobal('BroadcastChannel', Channel)
    // The model has none.
    vi.stubGlobal('indexedDB', undefined)
    const storage = window.localStorage
    vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => running()?.storage ?? storage)
    vi.spyOn(Date, 'now').mockImplementation(() => browser?.now ?? real.now())
    vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() =>
      running()?.visible === false ? 'hidden' : 'visible',
    )
    Object.defineProperty(navigator, 'locks', {
      configurable: true,
      get() {
        const tab = running()
        return tab && browser?.hasLocks ? browser.lockManagerOf(tab) : undefined
      },
    })
    listenPerTab('window', window)
    listenPerTab('document', document)
  })
  afterEach(() => {
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    Reflect.deleteProperty(navigator, 'locks')
  })
}

function listenPerTab(target: 'window' | 'document', on: Window | Document): void {
  const add = on.addEventListener.bind(on) as (...all: unknown[]) => void
  const remove = on.removeEventListener.bind(on) as (...all: unknown[]) => void
  vi.spyOn(on, 'addEventListener').mockImplementation(((type: string, listener: Listener) => {
    const tab = running()
    if (tab) tab.listeners.push({ target, type, listener })
    else add(type, listener)
  }) as typeof on.addEventListener)
  vi.spyOn(on, 'removeEventListener').mockImplementation(((type: string, listener: Listener) => {
    for (const { listeners } of browser?.tabs ?? []) {
      const index = listeners.findIndex(
        (each) => each.target === target && each.type === type && each.listener === listener,
      )
      if (index !== -1) listeners.splice(index, 1)
    }
    remove(type, listener)
  }) as typeof on.removeEventListener)
}
