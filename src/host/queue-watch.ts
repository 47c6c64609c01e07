import type { ComfyApp } from './comfy-types.ts'
import { guestOf, type Guest } from './guest.ts'

type Tell = (type: string, detail: unknown) => void

/**
 * What the server answers to a queued run, which no event of ComfyUI tells: told as
 * `credits_accepted`, `credits_refused` and, when nothing is left to be answered,
 * `credits_answered_all`. src/usage/events.ts understands these.
 */
export class QueueWatch {
  readonly #tell: Tell
  readonly #app: ComfyApp
  #guests: readonly Guest[] | null = null
  /** What pressed Run last, in the host's word. The host asks the server one run at a time. */
  #source: unknown = null
  #calls = 0

  constructor(app: ComfyApp, tell: Tell) {
    this.#app = app
    this.#tell = tell
  }

  start(): void {
    this.#guests ??= this.#makeGuests()
    for (const guest of this.#guests) guest.start()
  }

  stop(): void {
    for (const guest of this.#guests ?? []) guest.stop()
    this.#calls = 0
  }

  #makeGuests(): readonly Guest[] {
    const { api } = this.#app
    if (!api) return []
    return [
      guestOf(this.#app, 'queuePrompt', {
        called: (given) => this.#pressed(given),
        ended: () => this.#allAnswered(),
      }),
      guestOf(api, 'queuePrompt', {
        answered: (answer, given) => {
          const output = member(given[1], 'output')
          this.#tell('credits_accepted', { ...objectOr(answer), source: this.#source, output })
        },
        failed: (error) => {
          const code = member(member(member(error, 'response'), 'error'), 'type')
          this.#tell('credits_refused', { code })
        },
      }),
    ]
  }

  /** The third argument is of 1.50 and later; before, it was a list of nodes. */
  #pressed(given: readonly unknown[]): void {
    this.#source = member(member(given[2], 'intent'), 'trigger_source') ?? null
    this.#calls += 1
  }

  #allAnswered(): void {
    this.#calls = Math.max(0, this.#calls - 1)
    if (this.#calls === 0) this.#tell('credits_answered_all', null)
  }
}

function member(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
}

function objectOr(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
