import { browserEvaluator } from '../../src/estimate/browser-evaluator.ts'
import { Estimator } from '../../src/estimate/estimator.ts'
import { readObjectInfo } from '../../src/estimate/object-info.ts'
import { largeWorkflow, nodeTypes } from './large-workflow.ts'

/** What the benchmark calls in the page. Times are in milliseconds. */
export interface EstimatePage {
  /** Of a workflow with so many nodes, one widget of which changes so often. */
  measure(nodes: number, changes: number): Promise<Times>
  /** As `cold`, but the worker has loaded before, for an expression of another node. */
  measureStarted(nodes: number): Promise<number>
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
  readonly later: readonly number[]
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

async function measure(nodes: number, changes: number): Promise<Times> {
  const file = largeWorkflow(nodes)
  const estimator = new Estimator(readObjectInfo(nodeTypes))
  const evaluator = browserEvaluator()
  const time = async (workflow: object): Promise<[ms: number, unknown: number]> => {
    const begin = performance.now()
    const { estimate } = await estimator.estimate(workflow, evaluator)
    return [performance.now() - begin, estimate.total.unknown]
  }
  const [cold, unknown] = await time(file)
  const [warm] = await time(file)
  const [firstChange] = await time(largeWorkflow(nodes, 1))
  const later: number[] = []
  for (let size = 2; size <= changes; size += 1) {
    later.push((await time(largeWorkflow(nodes, size)))[0])
  }
  evaluator.close()
  return { cold, warm, firstChange, later, unknown }
}

async function measureStarted(nodes: number): Promise<number> {
  const file = largeWorkflow(nodes)
  const estimator = new Estimator(readObjectInfo(nodeTypes))
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
