import type { Denial } from '../billing-account/port.ts'
import type { RawRunEvent } from '../host/port.ts'
import { parseRunEvent, type RunEvent } from './run-event.ts'
import {
  emptyRecorder,
  explainDenial,
  noteSettings,
  record,
  remember,
  runningNode,
  runsOf,
  type HostFacts,
  type RecorderState,
} from './recorder.ts'
import { readRememberedEnd } from './remembered-end.ts'
import type { Run } from './run.ts'

/** What the recorder makes of what the host has said so far. */
export interface Recorded extends Pick<RecorderState, 'ended' | 'overheard' | 'refused'> {
  /** Newest first; the run that executes now is the first. */
  readonly runs: readonly Run[]
  /** The node that executes now. */
  readonly node: string | null
}

/** The recorder, fed with a host's events as they come. */
export class RunRecorder {
  #state = emptyRecorder

  constructor(private readonly facts: HostFacts) {}

  /** Null for what does not concern a run. */
  hear(raw: RawRunEvent): RunEvent | null {
    const event = parseRunEvent(raw)
    if (event) this.#state = record(this.#state, event, this.facts)
    return event
  }

  /** `entry` is what the server remembers of a run whose end nobody saw. */
  remember(run: Run, entry: unknown): void {
    const end = readRememberedEnd(entry)
    if (end) this.#state = remember(this.#state, run, end)
  }

  explainDenial(promptId: string, denial: Denial): void {
    this.#state = explainDenial(this.#state, promptId, denial)
  }

  noteSettings(promptId: string, settings: NonNullable<Run['settings']>): void {
    this.#state = noteSettings(this.#state, promptId, settings)
  }

  get now(): Recorded {
    const { ended, overheard, refused } = this.#state
    const node = runningNode(this.#state)
    return { runs: runsOf(this.#state), ended, overheard, refused, node }
  }

  forget(): void {
    this.#state = emptyRecorder
  }
}
