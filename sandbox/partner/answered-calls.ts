/** Old answers are forgotten beyond this many, so that the stand-in can run for weeks. */
const REMEMBERED = 500

/** What calls were answered with, by the key that the caller gave them. */
export class AnsweredCalls {
  readonly #answers = new Map<string, object>()

  remember(path: string, key: string | undefined, answer: object): void {
    if (key === undefined) return
    this.#answers.set(`${path} ${key}`, answer)
    const oldest = this.#answers.keys().next()
    if (this.#answers.size > REMEMBERED && !oldest.done) this.#answers.delete(oldest.value)
  }

  find(path: string, key: string): object | undefined {
    return this.#answers.get(`${path} ${key}`)
  }
}
