import { browserEvaluator } from '../../src/estimate/browser-evaluator.ts'
import { Estimator } from '../../src/estimate/estimator.ts'
import { readObjectInfo } from '../../src/estimate/object-info.ts'

/** What the benchmark calls in the page. Times are in milliseconds. */
export interface EstimatePage {
  /** `changes` are the file after one change each. */
  measure(file: object, changes: readonly object[], types: object): Promise<Times>
  /** As `cold`, but the worker has loaded before, for an expression of another node. */
  measureStarted(file: object, types: object): Promise<number>
  /** An expression that does not end, beside one that does. */
  explode(expression: string): Promise<Explosion>
}

interface Times {
  /** Nothing is loaded or known: the worker starts, compiles and evaluates. */
  readonly cold: number
  /** Nothing has changed. */
  readonly warm: number
  /** One widget has changed, for the first time: the browser has not compiled all of this yet. */
  readonly firstChange: number
  /** One widget has changed, for each of the next times. */
  readonly changes: readonly number[]
  readonly unknown: number
}

interface Explosion {
  readonly untilUnknown: number
  readonly failure: string
  /** The longest time that the page itself was busy. */
  readonly longestTask: number
  /** Whether an expression after it is answered. */
  readonly isWellAfter: boolean
}

async function measure(
  file: object,
  [first = file, ...others]: readonly object[],
  types: object,
): Promise<Times> {
  const objectInfo = readObjectInfo(types)
  const estimator = new Estimator(objectInfo)
  const evaluator = browserEvaluator()
  const time = async (workflow: object): Promise<[ms: number, unknown: number]> => {
    const begin = performance.now()
    const { estimate } = await estimator.estimate(workflow, evaluator)
    return [performance.now() - begin, estimate.total.unknown]
  }
  const [cold, unknown] = await time(file)
  const [warm] = await time(file)
  const [firstChange] = await time(first)
  const changes: number[] = []
  for (const changed of others) changes.push((await time(changed))[0])
  evaluator.close()
  return { cold, warm, firstChange, changes, unknown }
}

async function measureStarted(file: object, types: object): Promise<number> {
  const estimator = new Estimator(readObjectInfo(types))
  const evaluator = browserEvaluator()
  const context = { widgets: {}, inputs: {}, inputGroups: {} }
  await evaluator.evaluate([{ expression: '{"usd": 0.06}', context }])
  const begin = performance.now()
  await estimator.estimate(file, evaluator)
  const time = performance.now() - begin
  evaluator.close()
  return time
}

async function explode(expression: string): Promise<Explosion> {
  const context = { widgets: {}, inputs: {}, inputGroups: {} }
  const good = { expression: '{"usd": 0.06}', context }
  const evaluator = browserEvaluator()
  await evaluator.evaluate([good])
  const tasks: number[] = [0]
  const observer = new PerformanceObserver((list) => {
    tasks.push(...list.getEntries().map(({ duration }) => duration))
  })
  observer.observe({ type: 'longtask' })
  const begin = performance.now()
  const [answer] = await evaluator.evaluate([{ expression, context }])
  const untilUnknown = performance.now() - begin
  const [after] = await evaluator.evaluate([{ ...good, expression: '{"usd": 0.07}' }])
  observer.disconnect()
  evaluator.close()
  return {
    untilUnknown,
    failure: answer?.isPriced === false ? answer.failure : 'none',
    longestTask: Math.max(...tasks),
    isWellAfter: after?.isPriced === true,
  }
}

const page: EstimatePage = { measure, measureStarted, explode }
Object.assign(globalThis, { estimatePage: page })
