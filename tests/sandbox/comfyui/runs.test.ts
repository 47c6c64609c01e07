import { afterEach, expect, test } from 'vitest'
import { openBench, ultraToSave } from './support/bench.ts'
import { type SeenCall, doneJob, gatedAnswers } from './support/fake-service.ts'
import type { Happening } from './support/recordings.ts'

let bench: Awaited<ReturnType<typeof openBench>>

afterEach(async () => {
  await bench.close()
})

function detailsOf(type: string): unknown[] {
  return bench.happenings.filter(([kind]) => kind === type).map(([, detail]) => detail)
}

function indexOf(fits: (happening: Happening) => boolean): number {
  return bench.happenings.findIndex(fits)
}

const text = (value: string) => ({ 9: { class_type: 'PreviewAny', inputs: { source: value } } })

const runEnds = () => bench.next(([type, detail]) => type === 'executing' && detail === null)

test('a call carries the token, the run and the kind of node', async () => {
  bench = await openBench(() => ({ body: doneJob }))
  await bench.run('run-7', ultraToSave)
  expect(bench.service.calls[0]).toMatchObject({
    method: 'POST',
    path: '/proxy/aurora/v1/images/ultra',
    headers: {
      authorization: 'Bearer token-of-a-test',
      'comfy-job-id': 'run-7',
      'comfy-node-type': 'SampleImageUltra',
    },
    body: { prompt: 'a cat', aspect_ratio: '1:1', seed: 1 },
  })
})

test('an API key goes in its own header', async () => {
  bench = await openBench(() => ({ body: doneJob }))
  await bench.run('run', ultraToSave, { token: null, apiKey: 'key-of-a-test' })
  expect(bench.service.calls[0]?.headers).toMatchObject({ 'x-api-key': 'key-of-a-test' })
  expect(bench.service.calls[0]?.headers).not.toHaveProperty('authorization')
})

test('a price of nothing is not shown', async () => {
  bench = await openBench(() => ({ body: doneJob, credits: 0 }))
  await bench.run('run', ultraToSave)
  expect(detailsOf('progress_text')).toContainEqual({
    nodeId: '1',
    text: 'Status: Completed\nTime elapsed: 0s',
  })
})

test('a call refused with 429 is tried 17 times, then the node fails', async () => {
  bench = await openBench(() => ({ status: 429, body: { message: 'slowly' } }))
  await bench.run('run', ultraToSave)
  expect(bench.service.calls).toHaveLength(17)
  expect(detailsOf('execution_error')).toEqual([
    expect.objectContaining({ exception_message: expect.stringMatching(/^Rate Limit Exceeded: /) }),
  ])
})

test('a call refused once with 429 goes through', async () => {
  bench = await openBench((_call, index) =>
    index === 0 ? { status: 429, body: {} } : { body: doneJob, credits: 1 },
  )
  await bench.run('run', ultraToSave)
  expect(detailsOf('execution_success')).toHaveLength(1)
})

test.each([
  [409, /^There is a problem with your account\./],
  [400, /^API Error: the prompt was refused \(Type: bad\)/],
])('a call refused with %i is not tried again', async (status, words) => {
  bench = await openBench(() => ({
    status,
    body: { error: { message: 'the prompt was refused', type: 'bad' } },
  }))
  await bench.run('run', ultraToSave)
  expect(bench.service.calls).toHaveLength(1)
  expect(detailsOf('execution_error')).toEqual([
    expect.objectContaining({ exception_message: expect.stringMatching(words) }),
  ])
})

test('an answer in another shape is an error, not a picture', async () => {
  bench = await openBench(() => ({ body: { hello: 'world' } }))
  await bench.run('run', ultraToSave)
  expect(detailsOf('execution_error')).toHaveLength(1)
})

test('a job that fails after it was charged ends in an error and showed its price', async () => {
  bench = await openBench((call) =>
    call.method === 'POST'
      ? { body: { id: 'job', status: 'queued' }, credits: 12.66 }
      : { body: { id: 'job', status: 'failed', progress: 0.7, error: 'broke' } },
  )
  await bench.run('run', ultraToSave)
  expect(detailsOf('progress_text').at(-1)).toMatchObject({
    text: expect.stringContaining('Price: 12.66 credits'),
  })
  expect(detailsOf('execution_error')).toEqual([
    expect.objectContaining({ exception_message: expect.stringContaining('broke') }),
  ])
})

test('two API nodes run beside each other', async () => {
  const waiting: SeenCall[] = []
  bench = await openBench((call) => {
    waiting.push(call)
    return { body: doneJob }
  })
  await bench.run('run', {
    1: ultraToSave[1],
    2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    3: ultraToSave[1],
    4: { class_type: 'PreviewImage', inputs: { images: ['3', 0] } },
  })
  const secondStarts = indexOf(([type, detail]) => type === 'executing' && detail === '3')
  const firstAnswer = indexOf(
    ([type, detail]) =>
      type === 'progress_text' && JSON.stringify(detail).includes('Status: Completed'),
  )
  expect(secondStarts).toBeGreaterThan(0)
  expect(secondStarts).toBeLessThan(firstAnswer)
})

test('results from before a failure are cached: the next run does not pay for them again', async () => {
  let fails = true
  bench = await openBench((call) => {
    if (call.path.includes('/edits') && fails) return { status: 402, body: {} }
    return { body: doneJob, credits: 1 }
  })
  const prompt = {
    1: ultraToSave[1],
    2: { class_type: 'SampleImageEdit', inputs: { image: ['1', 0], prompt: 'x', strength: 0.5 } },
    3: { class_type: 'PreviewImage', inputs: { images: ['2', 0] } },
  }
  await bench.run('first', prompt)
  expect(detailsOf('execution_error')).toMatchObject([{ node_id: '2', executed: ['1'] }])
  fails = false
  await bench.run('second', prompt)
  expect(bench.service.calls.filter((call) => call.path.includes('/ultra'))).toHaveLength(1)
  expect(detailsOf('execution_success')).toHaveLength(1)
})

test('another prompt in between makes the cache forget', async () => {
  bench = await openBench(() => ({ body: doneJob, credits: 1 }))
  await bench.run('first', ultraToSave)
  await bench.run('between', text('x'))
  await bench.run('again', ultraToSave)
  expect(bench.service.calls).toHaveLength(2)
})

test('a job at the front runs before those that wait; a deleted one sends nothing', async () => {
  const jobs = gatedAnswers(1)
  bench = await openBench(jobs.answer)
  const priced = bench.next(([type]) => type === 'progress')
  await bench.enqueue('long', ultraToSave)
  await priced
  await bench.enqueue('waits', text('a'))
  await bench.enqueue('deleted', text('b'))
  await bench.enqueue('urgent', text('c'), { position: 'front' })
  bench.queue.remove(['deleted'])
  jobs.release()
  await runEnds()
  await runEnds()
  await runEnds()
  const started = detailsOf('execution_start').map(
    (detail) => JSON.parse(JSON.stringify(detail)).prompt_id,
  )
  expect(started).toEqual(['long', 'urgent', 'waits'])
  expect(JSON.stringify(bench.happenings)).not.toContain('deleted')
})

test('interrupting a run by the id of another leaves it alone', async () => {
  const jobs = gatedAnswers(1)
  bench = await openBench(jobs.answer)
  const priced = bench.next(([type]) => type === 'progress')
  const ended = bench.run('mine', ultraToSave)
  await priced
  bench.queue.interrupt('another')
  jobs.release()
  await ended
  expect(detailsOf('execution_success')).toHaveLength(1)
})

test('the history knows how a run ended and nothing of who paid', async () => {
  bench = await openBench(() => ({ body: doneJob, credits: 1 }))
  await bench.run('run', ultraToSave)
  const [finished] = bench.queue.history.all()
  expect(finished).toMatchObject({ promptId: 'run', outcome: { status: 'success' } })
  expect(JSON.stringify(finished)).not.toContain('token-of-a-test')
})
