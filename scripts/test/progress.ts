import { summaryLine, type TestCounts } from './counts.ts'
import type { Step } from './steps.ts'

interface StepOutput {
  readonly write: (text: string) => void
  readonly end: (counts: TestCounts) => void
}

export interface Progress {
  readonly begin: (step: Step) => StepOutput
}

/**
 * Prints the progress, line by line. One step at a time prints live; the output of a step in parallel
 * is printed as a block when it ends, or when the live one ends.
 */
export function createProgress(
  total: number,
  print: (text: string) => void,
  now: () => number,
): Progress {
  const start = now()
  const running: PrintedStep[] = []
  let begun = 0

  function begin(step: Step): StepOutput {
    begun += 1
    const printed = new PrintedStep(step.name, print)
    const begunAt = now()
    const parallel = running.length > 0 ? ', in parallel' : ''
    const position = `step ${begun} of ${total}, ${seconds(begunAt - start)} so far`
    print(`\n── ${position}: ${step.name} (${step.title})${parallel} ──\n`)
    running.push(printed)
    running[0]?.goLive()
    return {
      write: (text) => printed.write(text),
      end: (counts) => {
        printed.end()
        running.splice(running.indexOf(printed), 1)
        print(`── ${step.name}: ${summaryLine(counts)} (${seconds(now() - begunAt)})\n`)
        running[0]?.goLive()
      },
    }
  }
  return { begin }
}

class PrintedStep {
  #text = ''
  #live = false

  constructor(
    readonly name: string,
    readonly print: (text: string) => void,
  ) {}

  write(text: string): void {
    this.#text += text
    if (this.#live) this.#printLines()
  }

  goLive(): void {
    if (this.#live) return
    this.#live = true
    if (this.#text !== '') this.print(`── output of ${this.name}:\n`)
    this.#printLines()
  }

  end(): void {
    this.goLive()
    if (this.#text !== '') this.print(`${this.#text}\n`)
    this.#text = ''
  }

  /** Whole lines only: another step's block may come next. */
  #printLines(): void {
    const length = this.#text.lastIndexOf('\n') + 1
    if (length > 0) this.print(this.#text.slice(0, length))
    this.#text = this.#text.slice(length)
  }
}

export function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`
}
