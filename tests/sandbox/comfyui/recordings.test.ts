import { afterEach, describe, expect, test } from 'vitest'
import { loggedOut, openBench, ultraToSave } from './support/bench.ts'
import { doneJob, gatedAnswers, polledAnswers, queuedJob, tinyPng } from './support/fake-service.ts'
import {
  normalForm,
  readRecording,
  recordingsAreThere,
  withoutRepeats,
} from './support/recordings.ts'

type Bench = Awaited<ReturnType<typeof openBench>>
let bench: Bench

afterEach(async () => {
  await bench.close()
})

// The recordings are not part of the repository; without them there is nothing to compare with.
describe.runIf(recordingsAreThere)('a run happens as recorded from ComfyUI', () => {
  test('a polled API node and a saved image', async () => {
    bench = await openBench(polledAnswers(12.66, 2))
    await bench.run('run', ultraToSave)
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording('flux-success')))
  })

  test('a price that changes with the last poll', async () => {
    bench = await openBench((call, index) => {
      if (call.method === 'POST') return { body: queuedJob, credits: 12.66 }
      return index < 3 ? { body: queuedJob } : { body: doneJob, credits: 20.5 }
    })
    await bench.run('run', ultraToSave)
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording('flux-price-changes')))
  })

  test('an API node that answers at once, with two images', async () => {
    bench = await openBench(() => ({
      body: { ...doneJob, result: { images: [tinyPng, tinyPng] } },
      credits: 4.64,
    }))
    await bench.run('run', {
      1: {
        class_type: 'SampleImage',
        inputs: { prompt: 'a dog', quality: 'low', n: 2, seed: 1 },
      },
      2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    })
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording('gpt-success')))
  })

  test('a list makes one node call three times at once', async () => {
    bench = await openBench(() => ({ body: doneJob, credits: 8.44 }))
    await bench.run('run', {
      10: { class_type: 'PrimitiveString', inputs: { value: 'one' } },
      11: { class_type: 'PrimitiveString', inputs: { value: 'two' } },
      12: { class_type: 'PrimitiveString', inputs: { value: 'three' } },
      13: {
        class_type: 'SampleTextList',
        inputs: { text_1: ['10', 0], text_2: ['11', 0], text_3: ['12', 0] },
      },
      14: {
        class_type: 'SampleImage',
        inputs: { prompt: ['13', 0], quality: 'low', n: 1, seed: 1 },
      },
      15: { class_type: 'PreviewImage', inputs: { images: ['14', 0] } },
    })
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording('list-three-calls')))
  })

  test('the same prompt again: everything from the cache', async () => {
    bench = await openBench(polledAnswers(12.66, 1))
    await bench.run('first', ultraToSave)
    const before = bench.happenings.length
    await bench.run('second', ultraToSave)
    expect(normalForm(bench.happenings.slice(before))).toEqual(
      normalForm(readRecording('flux-cached-rerun')),
    )
  })

  test('two runs queued in one go, the second while the first is polled', async () => {
    const jobs = gatedAnswers(12.66)
    bench = await openBench(jobs.answer)
    const polled = bench.next(([type]) => type === 'progress')
    const firstEnded = bench.run('first', ultraToSave)
    await polled
    const other = structuredClone(ultraToSave)
    other[1].inputs.seed = 2
    await bench.enqueue('second', other)
    jobs.release()
    await firstEnded
    await bench.next(([type, detail]) => type === 'executing' && detail === null)
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording('batch-two')))
  })

  test.each([
    ['flux-402', 402],
    ['flux-401', 401],
  ])('a refused call: %s', async (name, status) => {
    bench = await openBench(() => ({ status, body: { message: 'refused' } }))
    await bench.run('run', ultraToSave)
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording(name)))
    expect(bench.service.calls).toHaveLength(1)
  })

  test('a run without an account', async () => {
    bench = await openBench(() => ({ body: doneJob }))
    await bench.run('run', ultraToSave, loggedOut)
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording('logged-out')))
  })

  test('a partner that fails is tried four times', async () => {
    bench = await openBench(() => ({
      status: 500,
      body: { error: { message: 'upstream exploded', type: 'server_error' } },
    }))
    await bench.run('run', ultraToSave)
    expect(withoutRepeats(normalForm(bench.happenings))).toEqual(
      withoutRepeats(normalForm(readRecording('flux-500'))),
    )
    expect(bench.service.calls).toHaveLength(4)
  })

  test('an interrupted API node ends in an error', async () => {
    bench = await openBench(polledAnswers(12.66, 1000))
    const priced = bench.next(
      ([type, detail]) => type === 'progress_text' && JSON.stringify(detail).includes('Pending'),
    )
    const ended = bench.run('run', ultraToSave)
    await priced
    bench.queue.interrupt('run')
    await ended
    expect(normalForm(bench.happenings)).toEqual(normalForm(readRecording('flux-interrupted')))
  })

  test('a local node interrupted after a paid one', async () => {
    bench = await openBench(polledAnswers(12.66, 0))
    const asleep = bench.next(([type, detail]) => type === 'executing' && detail === '2')
    const ended = bench.run('run', {
      1: ultraToSave[1],
      2: { class_type: 'SampleSleep', inputs: { image: ['1', 0], seconds: 20 } },
      3: { class_type: 'PreviewImage', inputs: { images: ['2', 0] } },
    })
    await asleep
    bench.queue.interrupt(null)
    await ended
    expect(normalForm(bench.happenings)).toEqual(
      normalForm(readRecording('paid-then-local-interrupted')),
    )
  })
})
