import type { ComfyApp } from './comfy-types.ts'
import { mayCost } from './graph.ts'
import { createInterceptor, type Interceptor } from './interceptor.ts'
import { member } from './member.ts'
import type { RunGate } from './port.ts'

type Notify = (type: string, detail: unknown) => void

/** One press of Run that the host has put in its own queue. */
interface Press {
  readonly source: unknown
  readonly batch: number
}

/**
 * What the host asks the server to run, and what the server answers. ComfyUI has no events for these,
 * so they are reported as `credits_sent`, `credits_accepted` or `credits_refused` and, when no answer
 * is pending, `credits_answered_all`. src/runs/run-event.ts reads them.
 *
 * The host sends one run at a time. Further presses of Run wait, and the last one is taken first
 * (`queueItems.pop()` in 1.40.7 and in 1.58.1). A run is made of the graph and the workflow that are
 * open when it is sent, not of those that were open at the press.
 */
export class QueueWatch {
  /** What is queued passes it first, and is reported when it has. */
  gate: RunGate | null = null
  readonly #notify: Notify
  readonly #app: ComfyApp
  #interceptors: readonly Interceptor[] | null = null
  /** What presses Run at this moment. The host confirms synchronously that it queues it. */
  #source: unknown = null
  #waiting: Press[] = []
  #current: { readonly press: Press; left: number } | null = null
  /** By the arguments of the call that sent it. */
  #sent = new WeakMap<readonly unknown[], number>()
  #count = 0
  #calls = 0

  constructor(app: ComfyApp, notify: Notify) {
    this.#app = app
    this.#notify = notify
  }

  start(): void {
    this.#interceptors ??= this.#createInterceptors()
    for (const interceptor of this.#interceptors) interceptor.start()
    this.#app.api?.addEventListener('promptQueueing', this.#queued)
  }

  stop(): void {
    for (const interceptor of this.#interceptors ?? []) interceptor.stop()
    this.#app.api?.removeEventListener('promptQueueing', this.#queued)
    this.#calls = 0
    this.#nothingWaits()
  }

  #createInterceptors(): readonly Interceptor[] {
    const { api } = this.#app
    if (!api) return []
    return [
      createInterceptor(this.#app, 'queuePrompt', {
        called: (given) => {
          // The third argument is of 1.50 and later; before, it was a list of nodes.
          this.#source = member(member(given[2], 'intent'), 'trigger_source') ?? null
          this.#calls += 1
        },
        ended: () => this.#allAnswered(),
        around: (call, given) => (this.gate ? this.gate(call, given) : call()),
      }),
      createInterceptor(api, 'queuePrompt', {
        called: (given) => this.#send(given),
        answered: (answer, given) => {
          const output = member(given[1], 'output')
          const workflow = member(given[1], 'workflow')
          const send = this.#sent.get(given) ?? null
          this.#notify('credits_accepted', { ...objectOr(answer), send, output, workflow })
        },
        failed: (error, given) => {
          const code = member(member(member(error, 'response'), 'error'), 'type')
          // The rest of its batch is not sent.
          this.#current = null
          const send = this.#sent.get(given) ?? null
          const cost = mayCost(member(given[1], 'output'))
          this.#notify('credits_refused', { code, send, mayCost: cost })
        },
      }),
    ]
  }

  readonly #queued = (event: Event): void => {
    const count = member(event instanceof CustomEvent ? event.detail : null, 'batchCount')
    this.#waiting.push({ source: this.#source, batch: typeof count === 'number' ? count : 1 })
    this.#source = null
  }

  #send(given: readonly unknown[]): void {
    if (this.#current === null || this.#current.left <= 0) {
      const press = this.#waiting.pop()
      this.#current = press ? { press, left: press.batch } : null
    }
    const { source, batch } = this.#current?.press ?? { source: null, batch: 1 }
    if (this.#current) this.#current.left -= 1
    this.#count += 1
    this.#sent.set(given, this.#count)
    this.#notify('credits_sent', { send: this.#count, source, batch })
  }

  #allAnswered(): void {
    this.#calls = Math.max(0, this.#calls - 1)
    if (this.#calls > 0) return
    this.#nothingWaits()
    this.#notify('credits_answered_all', null)
  }

  #nothingWaits(): void {
    this.#waiting = []
    this.#current = null
  }
}

function objectOr(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
