import type { CustomEmulator, EmulatorSnapshot, PersistenceAdapter } from 'emulate'

type Restorable<State extends object> = Pick<CustomEmulator<State>, 'restore' | 'snapshot'>

/**
 * A stand-in's state on disk, as one document. emulate would copy and write all of it twice for each
 * request, reads among them: after a few thousand payments every answer took seconds. Here all who
 * wait at the same time share one write.
 */
export class StateFile<State extends object> {
  #document: (() => string) | null = null
  #written: string | null = null
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | null = null

  constructor(private readonly file: PersistenceAdapter) {}

  /** Gives the emulator what is on disk, and from now on writes the state that it works on. */
  async restore(emulator: Restorable<State>, state: () => State): Promise<void> {
    const stored = await this.file.load()
    if (stored !== null) await emulator.restore(read(stored))
    const { formatVersion, definition, stateVersion } = emulator.snapshot()
    this.#document = () =>
      JSON.stringify({ formatVersion, definition, stateVersion, state: state() })
    await this.save()
  }

  /** Resolves once the state, as it is now or later, is on disk. Before `restore` there is none. */
  save(): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => {
        // Of an earlier write, whose own callers have had the error.
      })
      .then(() => {
        this.#next = null
        return this.#write()
      })
    this.#writing = this.#next
    return this.#next
  }

  async #write(): Promise<void> {
    const document = this.#document?.() ?? null
    if (document === null || document === this.#written) return
    await this.file.save(document)
    this.#written = document
  }
}

/** emulate checks what it is. */
function read<State extends object>(stored: string): EmulatorSnapshot<State> {
  try {
    return JSON.parse(stored) as EmulatorSnapshot<State>
  } catch (error) {
    throw new Error('The state on disk cannot be read.', { cause: error })
  }
}
