import type { BadgeAnswer, BadgeEvaluator, BadgeQuestion } from './badge-questions.ts'

/** A workflow has some dozens, and each change of a widget adds one. */
const MAX_ANSWERS = 10_000

/** Asks the same question once: a price depends on nothing but the expression and its context. */
export class RememberingEvaluator implements BadgeEvaluator {
  private readonly answers = new Map<string, BadgeAnswer | Promise<BadgeAnswer>>()

  constructor(private readonly evaluator: BadgeEvaluator) {}

  async evaluate(questions: readonly BadgeQuestion[]): Promise<readonly BadgeAnswer[]> {
    const keys = questions.map(keyOf)
    const missing = new Map(
      keys.flatMap((key, index): [string, BadgeQuestion][] => {
        const question = questions[index]
        return question && !this.answers.has(key) ? [[key, question]] : []
      }),
    )
    if (missing.size > 0) this.ask(missing)
    const known = keys.map((key) => this.answers.get(key))
    return known.some((answer) => answer instanceof Promise)
      ? Promise.all(known.map((answer) => answer ?? unanswered))
      : known.map((answer) => (answer instanceof Promise ? unanswered : (answer ?? unanswered)))
  }

  close(): void {
    this.answers.clear()
    this.evaluator.close()
  }

  private ask(missing: ReadonlyMap<string, BadgeQuestion>): void {
    if (this.answers.size + missing.size > MAX_ANSWERS) this.answers.clear()
    const asked = this.evaluator.evaluate([...missing.values()])
    for (const [index, key] of [...missing.keys()].entries()) {
      const answer = asked.then((answers) => answers[index] ?? unanswered)
      this.answers.set(key, answer)
      void answer.then((result) => this.store(key, answer, result))
    }
  }

  private store(key: string, asked: Promise<BadgeAnswer>, answer: BadgeAnswer): void {
    if (this.answers.get(key) !== asked) return
    // A timeout may be the machine's fault, so the next estimate tries again.
    if (isFinal(answer)) this.answers.set(key, answer)
    else this.answers.delete(key)
  }
}

const unanswered: BadgeAnswer = { isPriced: false, failure: 'unavailable' }

const isFinal = (answer: BadgeAnswer): boolean =>
  answer.isPriced || (answer.failure !== 'timeout' && answer.failure !== 'unavailable')

const keyOf = ({ expression, context }: BadgeQuestion): string =>
  `${JSON.stringify(context)}${expression}`
