import type { ComfyApp } from './comfy-types.ts'
import { QueueWatch } from './queue-watch.ts'
import type { RawRunEvent, Unsubscribe } from './port.ts'

/** What a run says; src/runs/run-event.ts understands these. */
const runEventTypes = [
  'promptQueueing',
  'promptQueued',
  'execution_start',
  'executing',
  'progress_text',
  'progress_state',
  'execution_success',
  'execution_error',
  'execution_interrupted',
  'status',
  'reconnecting',
] as const

/** More than any run says before the panel's code has arrived; the oldest go first. */
const MAX_KEPT = 2000

/**
 * Run events from the login on. The code that reads them is loaded later than the login, so what
 * comes before its subscription is kept and replayed to the first listener.
 */
export class RunEventSource {
  readonly #listeners = new Set<(event: RawRunEvent) => void>()
  #kept: RawRunEvent[] = []
  #listening = false
  readonly #queue: QueueWatch

  constructor(private readonly app: ComfyApp) {
    this.#queue = new QueueWatch(app, (type, detail) => this.#hear(type, detail))
  }

  start(): void {
    this.#kept = []
    if (this.#listening) return
    this.#listening = true
    for (const type of runEventTypes) this.app.api?.addEventListener(type, this.#receive)
    this.#queue.start()
  }

  stop(): void {
    this.#kept = []
    this.#listening = false
    for (const type of runEventTypes) this.app.api?.removeEventListener(type, this.#receive)
    this.#queue.stop()
  }

  subscribe(listener: (event: RawRunEvent) => void): Unsubscribe {
    this.#listeners.add(listener)
    for (const event of this.#kept.splice(0)) listener(event)
    return () => this.#listeners.delete(listener)
  }

  readonly #receive = (event: Event): void => {
    this.#hear(event.type, event instanceof CustomEvent ? event.detail : null)
  }

  #hear(type: string, detail: unknown): void {
    if (!this.#listening) return
    const raw = { type, detail, at: Date.now() }
    if (this.#listeners.size > 0) for (const listener of this.#listeners) listener(raw)
    else if (this.#kept.push(raw) > MAX_KEPT) this.#kept.shift()
  }
}
