import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseRunEvent } from '../../../src/usage/events.ts'
import { emptyRecorder, record, type GraphFacts } from '../../../src/usage/recorder.ts'
import type { Run } from '../../../src/usage/run.ts'

const graph: GraphFacts = {
  workflow: 'portrait',
  node: (id) => (id === '1' ? { type: 'SampleImage', title: 'My image' } : null),
}

type Raw = readonly [type: string, detail: unknown]

function replay(events: readonly Raw[]): readonly Run[] {
  let state = emptyRecorder
  for (const [index, [type, detail]] of events.entries()) {
    const event = parseRunEvent({ type, detail, at: 1000 + index })
    if (event) state = record(state, event, graph)
  }
  return state.runs
}

const text = (nodeId: string, ...lines: string[]): Raw => [
  'progress_text',
  { nodeId, text: [...lines, 'Time elapsed: 0s'].join('\n') },
]
const start: Raw = ['execution_start', { prompt_id: 'p1' }]
const success: Raw = ['execution_success', { prompt_id: 'p1' }]

describe('a run', () => {
  it('begins at execution_start and keeps workflow, node and price', () => {
    const [run] = replay([
      start,
      ['executing', '1'],
      text('1', 'Status: Waiting for server'),
      text('1', 'Status: Completed', 'Price: 1,012.66 credits'),
      success,
    ])
    expect(run).toEqual({
      promptId: 'p1',
      workflow: 'portrait',
      startedAt: 1000,
      endedAt: 1004,
      outcome: 'succeeded',
      reason: null,
      announcedCredits: 1012.66,
      calls: [
        {
          nodeId: '1',
          nodeType: 'SampleImage',
          title: 'My image',
          announcedCredits: 1012.66,
          outcome: 'succeeded',
        },
      ],
    })
  })

  it('counts a repeated price once, and takes the last word when it changes', () => {
    const [run] = replay([
      start,
      ['executing', '1'],
      text('1', 'Status: Completed', 'Price: 12.66 credits'),
      text('1', 'Status: Pending', 'Price: 12.66 credits'),
      text('1', 'Status: Ready', 'Price: 20.5 credits'),
      success,
    ])
    expect(run?.announcedCredits).toBe(20.5)
  })

  it('adds the prices of several nodes without float drift', () => {
    const [run] = replay([
      start,
      ['executing', '1'],
      text('1', 'Status: Completed', 'Price: 0.1 credits'),
      ['executing', '2'],
      text('2', 'Status: Completed', 'Price: 0.2 credits'),
      success,
    ])
    expect(run?.announcedCredits).toBe(0.3)
  })

  it('whose end was missed is lost when the server comes back with an empty queue', () => {
    const runs = replay([
      start,
      ['executing', '1'],
      ['status', null],
      ['status', { exec_info: { queue_remaining: 0 } }],
    ])
    expect(runs[0]?.outcome).toBe('lost')
  })

  it('whose end was missed is lost when the next one starts', () => {
    const runs = replay([start, ['execution_start', { prompt_id: 'p2' }]])
    expect(runs.map((run) => run.outcome)).toEqual(['running', 'lost'])
  })
})

describe('what others do', () => {
  it('a price text of another tab makes no run', () => {
    expect(replay([text('1', 'Status: Completed', 'Price: 12.66 credits')])).toEqual([])
  })

  it('a price text for a node this run has not begun is not counted', () => {
    const [run] = replay([
      start,
      ['executing', '1'],
      text('9', 'Status: Completed', 'Price: 12.66 credits'),
      success,
    ])
    expect(run?.calls).toEqual([])
  })

  it.each([
    ['execution_start', {}],
    ['execution_start', null],
    ['progress_text', { nodeId: '1' }],
    ['progress_state', { prompt_id: 'p1', nodes: 7 }],
    ['execution_error', 'boom'],
    ['status', { exec_info: null }],
    ['no_such_event', {}],
  ])('%s with %j is left alone', (type, detail) => {
    expect(parseRunEvent({ type, detail, at: 0 })).toBeNull()
  })
})

const recordings = join(import.meta.dirname, '../../../../shared/data/recordings')

/** What a person reading the recording would say: outcome and announced credits of each run. */
const told: Record<string, readonly (readonly [Run['outcome'], number | null, Run['reason']])[]> = {
  'batch-two': [
    ['succeeded', 12.66, null],
    ['succeeded', 12.66, null],
  ],
  'flux-401': [['failed', null, 'unauthorized']],
  'flux-402': [['failed', null, 'payment-required']],
  'flux-500': [['failed', null, 'other']],
  'flux-cached-rerun': [['cached', null, null]],
  'flux-interrupted': [['cancelled', 12.66, null]],
  'flux-price-changes': [['succeeded', 20.5, null]],
  'flux-success': [['succeeded', 12.66, null]],
  'gpt-success': [['succeeded', 4.64, null]],
  'logged-out': [['failed', null, 'unauthorized']],
  'paid-then-local-interrupted': [['interrupted', 12.66, null]],
  'validation-error': [],
}

describe.skipIf(!existsSync(recordings))(
  'recordings of a real server (skipped where ../shared is not there)',
  () => {
    const names = existsSync(recordings)
      ? readdirSync(recordings)
          .map((file) => file.replace(/\.json$/, ''))
          .filter((name) => name in told)
      : []

    it.each(names)('%s', (name) => {
      const { events } = JSON.parse(readFileSync(join(recordings, `${name}.json`), 'utf8')) as {
        events: { type: string; detail: unknown }[]
      }
      const runs = replay(events.map(({ type, detail }) => [type, detail] as const))
      expect(runs.map((run) => [run.outcome, run.announcedCredits, run.reason])).toEqual(told[name])
    })
  },
)
