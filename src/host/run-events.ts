import type { ComfyApp } from './comfy-types.ts'
import { QueueWatch } from './queue-watch.ts'
import type { RawRunEvent, RunGate, Unsubscribe } from './port.ts'

/** The events of a run; src/runs/run-event.ts reads them. */
const runEventTypes = [
  'promptQueueing',
  'promptQueued',
  'execution_start',
  'executing',
  'progress_text',
  'progress_state',
  'executed',
  'execution_success',
  'execution_error',
  'execution_interrupted',
  'status',
  'reconnecting',
] as const

/** More than any run sends before the panel's code has arrived; the oldest go first. */
const MAX_STORED = 2000

/**
 * Run events from the login on. The code that reads them is loaded after the login, so what comes
 * before it subscribes is stored, and replayed to the first listener.
 */
export class RunEventSource {
  readonly #listeners = new Set<(event: RawRunEvent) => void>()
  #stored: RawRunEvent[] = []
  #listening = false
  readonly #queue: QueueWatch

  constructor(private readonly app: ComfyApp) {
    this.#queue = new QueueWatch(app, (type, detail) => this.#notify(type, detail))
  }

  start(): void {
    this.#stored = []
    if (this.#listening) return
    this.#listening = true
    for (const type of runEventTypes) this.app.api?.addEventListener(type, this.#receive)
    this.#queue.start()
  }

  stop(): void {
    this.#stored = []
    this.#listening = false
    for (const type of runEventTypes) this.app.api?.removeEventListener(type, this.#receive)
    this.#queue.stop()
  }

  gateRuns(gate: RunGate): Unsubscribe {
    this.#queue.gate = gate
    return () => {
      if (this.#queue.gate === gate) this.#queue.gate = null
    }
  }

  subscribe(listener: (event: RawRunEvent) => void): Unsubscribe {
    this.#listeners.add(listener)
    for (const event of this.#stored.splice(0)) listener(event)
    return () => this.#listeners.delete(listener)
  }

  readonly #receive = (event: Event): void => {
    this.#notify(event.type, event instanceof CustomEvent ? event.detail : null)
  }

  #notify(type: string, detail: unknown): void {
    if (!this.#listening) return
    const raw = { type, detail, at: Date.now() }
    if (this.#listeners.size > 0) for (const listener of this.#listeners) listener(raw)
    else if (this.#stored.push(raw) > MAX_STORED) this.#stored.shift()
  }
}
