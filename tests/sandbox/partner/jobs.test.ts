import { expect, test } from 'vitest'
import { createJobs } from '../../../sandbox/partner/jobs.ts'

const work = { result: { text: 'done' }, usage: {} }

function clockedJobs() {
  let nowMs = 1_000_000
  return { jobs: createJobs(() => nowMs), pass: (ms: number) => (nowMs += ms) }
}

test('a job goes from queued over running to its result, which comes only at the end', () => {
  const { jobs, pass } = clockedJobs()
  const { id } = jobs.start(work, { durationMs: 1000, breaks: false })
  const seen = [0, 200, 300, 400, 99, 1, 5000].map((ms) => {
    pass(ms)
    return jobs.view(id)
  })
  expect(seen).toEqual([
    { id, status: 'queued', progress: 0 },
    { id, status: 'queued', progress: 0.2 },
    { id, status: 'running', progress: 0.5 },
    { id, status: 'running', progress: 0.9 },
    { id, status: 'running', progress: 0.999 },
    { id, status: 'succeeded', progress: 1, result: work.result },
    { id, status: 'succeeded', progress: 1, result: work.result },
  ])
})

test('a job that breaks fails before its end and stays failed', () => {
  const { jobs, pass } = clockedJobs()
  const { id } = jobs.start(work, { durationMs: 1000, breaks: true })
  pass(600)
  expect(jobs.view(id)).toMatchObject({ status: 'running' })
  pass(200)
  expect(jobs.view(id)).toMatchObject({ status: 'failed', error: expect.any(String) })
  pass(5000)
  expect(jobs.view(id)).toMatchObject({ status: 'failed' })
})

test('a held job goes on until all such jobs are let go', () => {
  const { jobs, pass } = clockedJobs()
  const { id } = jobs.start(work, { durationMs: 1000, breaks: false, held: true })
  pass(60_000)
  expect(jobs.view(id)).toMatchObject({ status: 'running' })
  jobs.finishHeld()
  expect(jobs.view(id)).toMatchObject({ status: 'succeeded', result: work.result })
})

test('only the newest 500 jobs are remembered', () => {
  const { jobs } = clockedJobs()
  const ids = Array.from({ length: 501 }, () =>
    jobs.start(work, { durationMs: 1000, breaks: false }),
  ).map((job) => job.id)
  expect(jobs.view(ids[0] ?? '')).toBeNull()
  expect(jobs.view(ids[1] ?? '')).not.toBeNull()
})
