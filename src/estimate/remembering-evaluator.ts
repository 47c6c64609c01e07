import {
  isFinal,
  type BadgeAnswer,
  type BadgeEvaluator,
  type BadgeQuestion,
} from './badge-questions.ts'

/** A workflow has some dozens, and each change of a widget adds one. */
const MAX_ANSWERS = 10_000

interface Remembered {
  /** Null while it is on its way. */
  answer: BadgeAnswer | null
  /** Of all that were asked for together; null once it has come. */
  coming: Promise<void> | null
}

interface Missing {
  readonly question: BadgeQuestion
  readonly key: string
  readonly remembered: Remembered
}

/** Asks the same question once: a price depends on nothing but the expression and its context. */
export class RememberingEvaluator implements BadgeEvaluator {
  /** By expression, then by context: expressions are long, and few. */
  private readonly answers = new Map<string, Map<string, Remembered>>()
  private count = 0

  constructor(private readonly evaluator: BadgeEvaluator) {}

  prepare(): void {
    this.evaluator.prepare?.()
  }

  async evaluate(questions: readonly BadgeQuestion[]): Promise<readonly BadgeAnswer[]> {
    const missing: Missing[] = []
    const all = questions.map((question) => this.remembered(question, missing))
    if (missing.length > 0) {
      const coming = this.ask(missing)
      for (const { remembered } of missing) remembered.coming = coming
    }
    // A promise for each of a thousand would take longer than their answers.
    const coming = new Set(all.flatMap((one) => one.coming ?? []))
    if (coming.size > 0) await Promise.all(coming)
    return all.map(({ answer }) => answer ?? unanswered)
  }

  close(): void {
    this.answers.clear()
    this.evaluator.close()
  }

  private remembered(question: BadgeQuestion, missing: Missing[]): Remembered {
    const key = JSON.stringify(question.context)
    const answers = this.of(question)
    const known = answers.get(key)
    if (known) return known
    const remembered = { answer: null, coming: null }
    answers.set(key, remembered)
    missing.push({ question, key, remembered })
    return remembered
  }

  private of({ expression }: BadgeQuestion): Map<string, Remembered> {
    const known = this.answers.get(expression)
    if (known) return known
    const answers = new Map<string, Remembered>()
    this.answers.set(expression, answers)
    return answers
  }

  private async ask(missing: readonly Missing[]): Promise<void> {
    const answers = await this.evaluator.evaluate(missing.map(({ question }) => question))
    if ((this.count += missing.length) > MAX_ANSWERS) {
      this.answers.clear()
      this.count = 0
    }
    for (const [index, { question, key, remembered }] of missing.entries()) {
      const answer = answers[index] ?? unanswered
      remembered.answer = answer
      remembered.coming = null
      // A timeout may be the machine's fault, so the next estimate tries again.
      if (!isFinal(answer)) this.of(question).delete(key)
    }
  }
}

const unanswered: BadgeAnswer = { isPriced: false, failure: 'unavailable' }
