import { beforeEach, describe, expect, it } from 'vitest'
import { PASSED } from '../../../scripts/test/counts.ts'
import { createProgress, type Progress } from '../../../scripts/test/progress.ts'
import { stepsNamed, type Step } from '../../../scripts/test/steps.ts'

const [unit, lint] = stepsNamed(['unit', 'lint']) as [Step, Step]
const UNIT_BEGINS = '\n── step 1 of 3, 0 s so far: unit (unit and component tests) ──\n'
const LINT_BEGINS = '\n── step 2 of 3, 0 s so far: lint (oxlint), in parallel ──\n'

let printed: string
let now: number
let progress: Progress
beforeEach(() => {
  printed = ''
  now = 1000
  progress = createProgress(
    3,
    (text) => (printed += text),
    () => now,
  )
})

describe('the progress of npm test', () => {
  it('says which step begins, how far that is, and how it ended', () => {
    const first = progress.begin(lint)
    now += 9600
    first.end(PASSED)
    progress.begin(unit)
    expect(printed).toBe(
      '\n── step 1 of 3, 0 s so far: lint (oxlint) ──\n' +
        '── lint: 1 passed, 0 failed (10 s)\n' +
        '\n── step 2 of 3, 10 s so far: unit (unit and component tests) ──\n',
    )
  })

  it('prints the first step live, in whole lines', () => {
    const { write, end } = progress.begin(unit)
    write('a\nb')
    expect(printed).toBe(`${UNIT_BEGINS}a\n`)
    write('c\n')
    expect(printed).toBe(`${UNIT_BEGINS}a\nbc\n`)
    write('no end of line')
    end(PASSED)
    expect(printed).toContain('a\nbc\nno end of line\n── unit: 1 passed')
  })

  it('prints a step in parallel as a block, when it ends', () => {
    const first = progress.begin(unit)
    const second = progress.begin(lint)
    second.write('x\n')
    first.write('a\n')
    second.write('y\n')
    expect(printed).toBe(`${UNIT_BEGINS}${LINT_BEGINS}a\n`)
    second.end(PASSED)
    expect(printed).toBe(
      `${UNIT_BEGINS}${LINT_BEGINS}a\n── output of lint:\nx\ny\n── lint: 1 passed, 0 failed (0 s)\n`,
    )
  })

  it('goes on with the other step live when the first one ends', () => {
    const first = progress.begin(unit)
    const second = progress.begin(lint)
    second.write('x\n')
    first.end(PASSED)
    second.write('y\n')
    expect(printed.slice(printed.indexOf('── unit:'))).toBe(
      '── unit: 1 passed, 0 failed (0 s)\n── output of lint:\nx\ny\n',
    )
  })
})
