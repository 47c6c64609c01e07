/** A page draws sixty times a second, and starts a worker only between two tasks. */
const LONG_MS = 8

export type PageTurn = Pick<Turn, 'isLong' | 'end'>

/** How long the page has had no time for anything else. */
export class Turn {
  private begunAt = performance.now()

  isLong(): boolean {
    return performance.now() - this.begunAt > LONG_MS
  }

  /** Goes on in a task of its own. A timer would wait for some milliseconds. */
  async end(): Promise<void> {
    const { port1, port2 } = new MessageChannel()
    await new Promise((resolve) => {
      port1.addEventListener('message', resolve, { once: true })
      port1.start()
      port2.postMessage(null, [])
    })
    port1.close()
    this.begunAt = performance.now()
  }
}
