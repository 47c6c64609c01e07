import type { ComfyApp } from './comfy-types.ts'
import { mayCost } from './graph.ts'
import { guestOf, type Guest } from './interceptor.ts'
import { member } from './member.ts'

type Tell = (type: string, detail: unknown) => void

/** One press of Run that the host has put in its own queue. */
interface Press {
  readonly source: unknown
  readonly batch: number
}

/**
 * What is asked of the server and what it answers, which no event of ComfyUI tells: told as
 * `credits_sent`, `credits_accepted` or `credits_refused`, and, when nothing is left to be answered,
 * `credits_answered_all`. src/runs/run-event.ts understands these.
 *
 * The host asks for one run at a time. What is pressed meanwhile waits, and the last that was pressed
 * is taken first (`queueItems.pop()` in 1.40.7 and in 1.58.1); each run is made of the graph and the
 * workflow that are open when it is sent, whichever were when it was pressed.
 */
export class QueueWatch {
  readonly #tell: Tell
  readonly #app: ComfyApp
  #guests: readonly Guest[] | null = null
  /** What presses Run at this moment; it is queued only if the host says so, in the same breath. */
  #source: unknown = null
  #waiting: Press[] = []
  #current: { readonly press: Press; left: number } | null = null
  /** By the arguments of the call that sent it. */
  #sent = new WeakMap<readonly unknown[], number>()
  #count = 0
  #calls = 0

  constructor(app: ComfyApp, tell: Tell) {
    this.#app = app
    this.#tell = tell
  }

  start(): void {
    this.#guests ??= this.#makeGuests()
    for (const guest of this.#guests) guest.start()
    this.#app.api?.addEventListener('promptQueueing', this.#queued)
  }

  stop(): void {
    for (const guest of this.#guests ?? []) guest.stop()
    this.#app.api?.removeEventListener('promptQueueing', this.#queued)
    this.#calls = 0
    this.#nothingWaits()
  }

  #makeGuests(): readonly Guest[] {
    const { api } = this.#app
    if (!api) return []
    return [
      guestOf(this.#app, 'queuePrompt', {
        called: (given) => {
          // The third argument is of 1.50 and later; before, it was a list of nodes.
          this.#source = member(member(given[2], 'intent'), 'trigger_source') ?? null
          this.#calls += 1
        },
        ended: () => this.#allAnswered(),
      }),
      guestOf(api, 'queuePrompt', {
        called: (given) => this.#send(given),
        answered: (answer, given) => {
          const output = member(given[1], 'output')
          const send = this.#sent.get(given) ?? null
          this.#tell('credits_accepted', { ...objectOr(answer), send, output })
        },
        failed: (error, given) => {
          const code = member(member(member(error, 'response'), 'error'), 'type')
          // The rest of its batch is not sent.
          this.#current = null
          const send = this.#sent.get(given) ?? null
          const cost = mayCost(member(given[1], 'output'))
          this.#tell('credits_refused', { code, send, mayCost: cost })
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
    this.#tell('credits_sent', { send: this.#count, source, batch })
  }

  #allAnswered(): void {
    this.#calls = Math.max(0, this.#calls - 1)
    if (this.#calls > 0) return
    this.#nothingWaits()
    this.#tell('credits_answered_all', null)
  }

  #nothingWaits(): void {
    this.#waiting = []
    this.#current = null
  }
}

function objectOr(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
