import type { BadgeAnswer, BadgeEvaluator, BadgeQuestion } from './badge-questions.ts'

/** A workflow has some dozens, and each change of a widget adds one. */
const MAX_ANSWERS = 10_000

type Remembered = BadgeAnswer | Promise<BadgeAnswer>

/** Asks the same question once: a price depends on nothing but the expression and its context. */
export class RememberingEvaluator implements BadgeEvaluator {
  /** By expression, then by context: expressions are long, and few. */
  private readonly answers = new Map<string, Map<string, Remembered>>()
  /** By the question itself, where the same one is asked again. */
  private readonly answered = new WeakMap<BadgeQuestion, BadgeAnswer>()
  private count = 0

  constructor(private readonly evaluator: BadgeEvaluator) {}

  prepare(): void {
    this.evaluator.prepare?.()
  }

  async evaluate(questions: readonly BadgeQuestion[]): Promise<readonly BadgeAnswer[]> {
    const missing: Missing[] = []
    const answers = questions.map(
      (question) => this.answered.get(question) ?? this.remembered(question, missing),
    )
    if (missing.length > 0) void this.ask(missing)
    // Without a promise for each where all are known: a widget that changes asks for all nodes.
    const known = answers.filter((answer): answer is BadgeAnswer => !(answer instanceof Promise))
    return known.length === answers.length ? known : Promise.all(answers)
  }

  close(): void {
    this.answers.clear()
    this.evaluator.close()
  }

  private remembered(question: BadgeQuestion, missing: Missing[]): Remembered {
    const key = JSON.stringify(question.context)
    const known = this.of(question).get(key)
    if (!known) return this.expect(question, key, missing)
    if (!(known instanceof Promise)) this.answered.set(question, known)
    return known
  }

  private of({ expression }: BadgeQuestion): Map<string, Remembered> {
    const known = this.answers.get(expression)
    if (known) return known
    const answers = new Map<string, Remembered>()
    this.answers.set(expression, answers)
    return answers
  }

  private expect(question: BadgeQuestion, key: string, missing: Missing[]): Promise<BadgeAnswer> {
    const answer = new Promise<BadgeAnswer>((settle) => missing.push({ question, key, settle }))
    this.of(question).set(key, answer)
    return answer
  }

  private async ask(missing: readonly Missing[]): Promise<void> {
    const answers = await this.evaluator.evaluate(missing.map(({ question }) => question))
    if ((this.count += missing.length) > MAX_ANSWERS) {
      this.answers.clear()
      this.count = 0
    }
    for (const [index, { question, key, settle }] of missing.entries()) {
      const answer = answers[index] ?? unanswered
      settle(answer)
      // A timeout may be the machine's fault, so the next estimate tries again.
      if (isFinal(answer)) {
        this.of(question).set(key, answer)
        this.answered.set(question, answer)
      } else this.of(question).delete(key)
    }
  }
}

interface Missing {
  readonly question: BadgeQuestion
  readonly key: string
  readonly settle: (answer: BadgeAnswer) => void
}

const unanswered: BadgeAnswer = { isPriced: false, failure: 'unavailable' }

const isFinal = (answer: BadgeAnswer): boolean =>
  answer.isPriced || (answer.failure !== 'timeout' && answer.failure !== 'unavailable')
