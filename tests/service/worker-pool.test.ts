import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { WorkerPool } from '../../service/worker-pool.ts'

/** A thread that answers with its own number and the task, or does as the task says. */
const THREAD = `
  const { parentPort, threadId } = require('node:worker_threads')
  parentPort.on('message', (task) => {
    if (task === 'throw') throw new Error('a fault')
    if (task === 'exit') process.exit(0)
    if (task === 'hang') for (;;);
    parentPort.postMessage({ task, threadId })
  })`

interface Reply {
  readonly task: string
  readonly threadId: number
}

let started = 0
let pool: WorkerPool<string, Reply>
function open(options: { most?: number; answerMs?: number } = {}): void {
  started = 0
  pool = new WorkerPool({
    most: 1,
    answerMs: 60_000,
    start: () => {
      started += 1
      return new Worker(THREAD, { eval: true })
    },
    ...options,
  })
}
afterEach(() => pool.close())

describe('a pool of threads', () => {
  it('starts none before there is a task, and then uses it again', async () => {
    open({ most: 2 })
    expect(started).toBe(0)
    const first = await pool.run('a')
    expect(await pool.run('b')).toEqual({ task: 'b', threadId: first.threadId })
    expect(started).toBe(1)
  })

  it('has no more of them than it may, and answers everybody in order', async () => {
    open({ most: 2 })
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((task) => pool.run(task)))
    expect(answers.map(({ task }) => task)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(started).toBe(2)
  })

  it.each(['throw', 'exit'])(
    'fails the task that ends its thread by %s, and no other',
    async (end) => {
      open()
      const ending = pool.run(end)
      const next = pool.run('next')
      await expect(ending).rejects.toThrow('A worker thread ended.')
      expect((await next).task).toBe('next')
      expect(started).toBe(2)
    },
  )

  it('says why a thread ended', async () => {
    open()
    const error: unknown = await pool.run('throw').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ cause: { message: 'a fault' } })
  })

  it('ends a thread that does not answer', async () => {
    open({ answerMs: 10 })
    await expect(pool.run('hang')).rejects.toThrow('A worker thread ended.')
  })

  it('leaves nobody waiting when it closes', async () => {
    open()
    const tasks = [pool.run('hang'), pool.run('b')]
    const [running, waiting] = await Promise.allSettled([...tasks, pool.close()])
    expect([running?.status, waiting?.status]).toEqual(['rejected', 'rejected'])
    await expect(pool.run('c')).rejects.toThrow('The service ends.')
  })
})
