import { describe, expect, it } from 'vitest'
import { parseRunEvent } from '../../../src/runs/run-event.ts'
import {
  emptyRecorder,
  noteSettings,
  record,
  runsOf,
  type HostFacts,
  type RecorderState,
} from '../../../src/runs/recorder.ts'
import type { Run } from '../../../src/runs/run.ts'
import { workflowHash } from '../../../src/runs/workflow-hash.ts'

const facts: HostFacts = {
  purse: 'mine',
  workflow: 'portrait',
  node: (id) => (id === '1' ? { type: 'SampleImage', title: 'My image' } : null),
}

type Raw = readonly [type: string, detail: unknown]

function after(
  events: readonly Raw[],
  from: RecorderState = emptyRecorder,
  known: HostFacts = facts,
): RecorderState {
  let state = from
  for (const [index, [type, detail]] of events.entries()) {
    const event = parseRunEvent({ type, detail, at: 1000 + index })
    if (event) state = record(state, event, known)
  }
  return state
}
const replay = (events: readonly Raw[]): readonly Run[] => runsOf(after(events))

const text = (nodeId: string, ...lines: string[]): Raw => [
  'progress_text',
  { nodeId, text: [...lines, 'Time elapsed: 0s'].join('\n') },
]
const waiting = (nodeId: string): Raw => text(nodeId, 'Status: Waiting for server')
const completed = (nodeId: string, credits: string): Raw =>
  text(nodeId, 'Status: Completed', `Price: ${credits} credits`)
const start: Raw = ['execution_start', { prompt_id: 'p1' }]
const success: Raw = ['execution_success', { prompt_id: 'p1' }]
const executing = (nodeId: string | null): Raw => ['executing', nodeId]
const states = (promptId: string, nodes: Record<string, string>): Raw => [
  'progress_state',
  {
    prompt_id: promptId,
    nodes: Object.fromEntries(Object.entries(nodes).map(([id, state]) => [id, { state }])),
  },
]
const lineLost: Raw = ['status', null]
const queueEmpty: Raw = ['status', { exec_info: { queue_remaining: 0 } }]

describe('a run', () => {
  it('begins at execution_start and keeps account, workflow, node and price', () => {
    const [run] = replay([start, executing('1'), waiting('1'), completed('1', '1,012.66'), success])
    expect(run).toEqual({
      promptId: 'p1',
      number: null,
      purse: 'mine',
      workflow: 'portrait',
      workflowHash: null,
      source: null,
      batch: 1,
      startedAt: 1000,
      endedAt: 1004,
      outcome: 'succeeded',
      reason: null,
      announcedCredits: 1012.66,
      output: null,
      calls: [
        {
          nodeId: '1',
          nodeType: 'SampleImage',
          title: 'My image',
          announcedCredits: 1012.66,
          asked: 1,
          answers: [1012.66],
          outcome: 'succeeded',
          startedAt: 1002,
          endedAt: 1004,
        },
      ],
    })
  })

  it('counts a repeated price once, and takes the last word when it changes', () => {
    const [run] = replay([
      start,
      executing('1'),
      completed('1', '12.66'),
      text('1', 'Status: Pending', 'Price: 12.66 credits'),
      text('1', 'Status: Ready', 'Price: 20.5 credits'),
      success,
    ])
    expect(run?.announcedCredits).toBe(20.5)
  })

  it('keeps a price through later texts that say none', () => {
    const [run] = replay([
      start,
      executing('1'),
      completed('1', '12.66'),
      text('1', 'Status: Pending'),
      success,
    ])
    expect(run?.announcedCredits).toBe(12.66)
  })

  it.each([
    ['$0.06', 12.66],
    ['1 credit', 1],
    ['1,012.66 credits', 1012.66],
    ['-5 credits', null],
    ['NaN credits', null],
  ])('reads “Price: %s”, in dollars too, as older servers announce it', (price, credits) => {
    const [run] = replay([start, executing('1'), text('1', 'Status: Completed', `Price: ${price}`)])
    expect(run?.announcedCredits).toBe(credits)
  })

  it('adds the prices of several nodes without float drift', () => {
    const [run] = replay([
      start,
      executing('1'),
      completed('1', '0.1'),
      executing('3:2'),
      completed('3:2', '0.2'),
      success,
    ])
    expect(run?.announcedCredits).toBe(0.3)
    expect(run?.calls.map(({ nodeId }) => nodeId)).toEqual(['1', '3:2'])
  })

  it('with a list input says how many answers there were, and sums none of them', () => {
    const [run] = replay([
      start,
      executing('1'),
      waiting('1'),
      waiting('1'),
      waiting('1'),
      completed('1', '8.44'),
      completed('1', '8.44'),
      completed('1', '9.44'),
      success,
    ])
    expect(run?.announcedCredits).toBe(9.44)
    expect(run?.calls[0]?.answers).toEqual([8.44, 8.44, 9.44])
  })

  it('has no more answers than questions: a job may end with the word that answers a call', () => {
    const [run] = replay([
      start,
      executing('1'),
      waiting('1'),
      completed('1', '12.66'),
      text('1', 'Status: Queued', 'Price: 12.66 credits'),
      completed('1', '12.66'),
      success,
    ])
    expect(run?.calls[0]?.answers).toEqual([12.66])
  })

  it('reported twice as started goes on as it was', () => {
    const [run, ...others] = replay([start, executing('1'), completed('1', '5'), start, success])
    expect(run).toMatchObject({ outcome: 'succeeded', announcedCredits: 5 })
    expect(others).toEqual([])
  })
})

describe('the end of a run', () => {
  const error = (type: string, message = 'boom\n', nodeId = '1'): Raw => [
    'execution_error',
    { prompt_id: 'p1', node_id: nodeId, exception_type: type, exception_message: message },
  ]

  it('is cancelled where an API node was interrupted, and its price stays announced', () => {
    const cancelled = error('comfy_api_nodes.util.common_exceptions.ProcessingInterrupted')
    const [run] = replay([start, executing('1'), completed('1', '12.66'), cancelled])
    expect(run).toMatchObject({ outcome: 'cancelled', reason: null, announcedCredits: 12.66 })
    expect(run?.calls[0]?.outcome).toBe('cancelled')
  })

  it('is failed in a chain that fails late, with the paid call before it', () => {
    const [run] = replay([
      start,
      executing('1'),
      completed('1', '12.66'),
      states('p1', { 1: 'finished', 2: 'running' }),
      waiting('2'),
      error('Exception', 'API Error: upstream exploded\n', '2'),
    ])
    expect(run).toMatchObject({ outcome: 'failed', reason: 'other', announcedCredits: 12.66 })
    expect(run?.calls.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed'])
  })

  it('is cached where nothing was executed', () => {
    const cached = states('p1', { 2: 'finished' })
    expect(replay([start, cached, success])[0]?.outcome).toBe('cached')
    expect(replay([start, executing('2'), cached, success])[0]?.outcome).toBe('succeeded')
  })

  it.each<[string, Raw[]]>([
    ['the server comes back with an empty queue', [lineLost, queueEmpty]],
    ['it comes back in the words of the host', [['reconnecting', null], queueEmpty]],
    ['the next one starts', [['execution_start', { prompt_id: 'p2' }]]],
    ['the server has put it down', [executing(null)]],
  ])('was missed when %s', (_when, events) => {
    const runs = replay([start, executing('1'), waiting('1'), ...events])
    const run = runs.find(({ promptId }) => promptId === 'p1')
    expect(run).toMatchObject({ outcome: 'lost', calls: [{ outcome: 'lost' }] })
  })

  it('reported after it was given up for missed counts after all', () => {
    const events = [start, executing('1'), completed('1', '5'), executing(null), success]
    expect(replay(events)[0]).toMatchObject({
      outcome: 'succeeded',
      calls: [{ outcome: 'succeeded' }],
    })
  })

  it('reported first counts, whatever is reported later', () => {
    const events = [start, executing('1'), success, error('Exception')]
    expect(replay(events)[0]?.outcome).toBe('succeeded')
  })

  it('is not missed by a line that comes back while the run goes on', () => {
    const [run] = replay([
      start,
      executing('1'),
      waiting('1'),
      lineLost,
      ['status', { exec_info: { queue_remaining: 1 } }],
      executing('1'),
      completed('1', '5'),
      success,
    ])
    expect(run).toMatchObject({ outcome: 'succeeded', announcedCredits: 5 })
  })

  it('is open again when a run given up for lost goes on', () => {
    const [run] = replay([
      start,
      executing('1'),
      waiting('1'),
      lineLost,
      queueEmpty,
      states('p1', { 1: 'running' }),
      completed('1', '5'),
      success,
    ])
    expect(run).toMatchObject({ outcome: 'succeeded', announcedCredits: 5 })
  })
})

describe('a page reloaded in the middle of a run', () => {
  it('sees it from there on, under the id that comes with the next event', () => {
    const runs = replay([
      executing('1'),
      completed('1', '12.66'),
      states('p1', { 1: 'finished', 2: 'running' }),
      success,
    ])
    expect(runs).toMatchObject([{ promptId: 'p1', outcome: 'succeeded', announcedCredits: 12.66 }])
  })

  it('sees its end, even if that is all', () => {
    expect(replay([success])).toMatchObject([
      { promptId: 'p1', outcome: 'succeeded', announcedCredits: null },
    ])
  })

  it('has no run while none has a name', () => {
    expect(replay([executing('1'), completed('1', '12.66'), executing(null)])).toEqual([])
  })
})

describe('what a run was queued with', () => {
  const ask = (requestId: number, batchCount = 1): Raw => [
    'promptQueueing',
    { requestId, batchCount },
  ]
  const accepted = (promptId: string, number: number): Raw => [
    'credits_accepted',
    { prompt_id: promptId, number, source: 'button', output: nodesOf('castle') },
  ]
  const nodesOf = (prompt: string) => ({
    1: { class_type: 'SampleImage', inputs: { prompt, image: ['2', 0] } },
    2: { class_type: 'LoadImage', inputs: { image: 'a.png' } },
  })
  const other = { ...facts, purse: 'another', workflow: 'landscape' }

  it('is kept, whatever pays by the time it starts', () => {
    const queued = after([ask(1), accepted('p1', 9)])
    const [run] = runsOf(after([start], queued, other))
    expect(run).toMatchObject({
      purse: 'mine',
      workflow: 'portrait',
      number: 9,
      source: 'button',
      workflowHash: workflowHash(nodesOf('other words')),
    })
    expect(run?.workflowHash).toMatch(/^[0-9a-f]{16}$/)
  })

  it('is another workflow with other nodes or links, and none where nobody saw it', () => {
    const { 1: first, 2: second } = nodesOf('castle')
    const linked = { 1: { ...first, inputs: { image: ['2', 1] } }, 2: second }
    const hashes = [nodesOf('castle'), linked, { 1: first }].map(workflowHash)
    expect(new Set(hashes).size).toBe(3)
    expect([null, 'x', {}, []].map(workflowHash)).toEqual([null, null, null, null])
    expect(workflowHash({ 1: null, constructor: 7 })).not.toBeNull()
  })

  it('is not that of a request which was never sent', () => {
    const before = after([ask(1, 3), ['credits_answered_all', null]])
    const state = after([ask(2), accepted('p1', 9), start], before, other)
    expect(runsOf(state)).toMatchObject([{ workflow: 'landscape', batch: 1 }])
  })

  it.each<[string, Raw[]]>([
    ['before the start', [accepted('p1', 9), start, executing('1'), success]],
    ['after the price', [start, executing('1'), completed('1', '5'), accepted('p1', 9), success]],
    ['after the end', [start, executing('1'), success, accepted('p1', 9)]],
  ])('is right when the answer comes %s', (_when, events) => {
    const state = after(events, after([ask(1)]), other)
    expect(runsOf(state)).toMatchObject([{ promptId: 'p1', purse: 'mine', number: 9 }])
  })

  it('is right without any answer', () => {
    const state = after(
      [start, ['promptQueued', { requestId: 1 }], success],
      after([ask(1)]),
      other,
    )
    expect(runsOf(state)).toMatchObject([{ purse: 'mine', number: null }])
  })

  it('is the same for all of a batch', () => {
    const state = after([
      ask(1, 2),
      accepted('p1', 1),
      accepted('p2', 2),
      start,
      success,
      ['execution_start', { prompt_id: 'p2' }],
    ])
    expect(runsOf(state)).toMatchObject([
      { promptId: 'p2', number: 2, batch: 2 },
      { promptId: 'p1', number: 1, batch: 2 },
    ])
    expect(state.queued).toEqual({ requests: [], sent: [], accepted: [] })
  })

  it('is what was open when it was sent, where the host shows that', () => {
    const sent = (send: number, batch: number): Raw => [
      'credits_sent',
      { send, source: `press ${send}`, batch },
    ]
    const answer = (send: number, prompt_id: string): Raw => [
      'credits_accepted',
      { send, prompt_id },
    ]
    const pressed = after([ask(1), ask(2, 2)])
    const first = after([sent(1, 2), answer(1, 'p1'), start, success], pressed, other)
    const state = after(
      [sent(2, 1), ['execution_start', { prompt_id: 'p2' }], answer(2, 'p2')],
      first,
    )
    expect(runsOf(state)).toMatchObject([
      { promptId: 'p2', workflow: 'portrait', source: 'press 2', batch: 1 },
      { promptId: 'p1', workflow: 'landscape', source: 'press 1', batch: 2 },
    ])
  })

  it('is a failed attempt and no run where the server refuses', () => {
    const state = after([ask(1), ['credits_refused', { code: 'prompt_outputs_failed_validation' }]])
    expect(runsOf(state)).toEqual([])
    expect(state.refused).toMatchObject([
      { code: 'prompt_outputs_failed_validation', workflow: 'portrait', at: 1001 },
    ])
    expect(state.queued.requests).toEqual([])
  })

  it('is forgotten when the queue is empty: a deleted run sends no event', () => {
    const state = after([ask(1), ['promptQueued', { requestId: 1 }], queueEmpty])
    expect(runsOf(after([start], state, other))[0]?.purse).toBe('another')
  })
})

describe('what others do', () => {
  it('a price text of another tab makes no run', () => {
    const state = after([completed('1', '12.66')])
    expect(runsOf(state)).toEqual([])
    expect(state.overheard).toMatchObject([{ nodeId: '1', credits: 12.66 }])
  })

  it.each<[string, Raw[]]>([
    ['for a node this run has not begun', [completed('9', '12.66')]],
    [
      'for a node this run has finished',
      [waiting('1'), states('p1', { 1: 'finished' }), completed('1', '12.66')],
    ],
    [
      'for a node this run has finished without a word',
      [states('p1', { 1: 'finished', 2: 'running' }), completed('1', '12.66')],
    ],
    ['while the line is down', [lineLost, completed('1', '12.66')]],
    [
      'that names another run',
      [['progress_text', { nodeId: '1', text: 'Status: A\nPrice: 1 credits', prompt_id: 'x' }]],
    ],
  ])('a price text %s is not counted', (_which, events) => {
    const [run] = replay([start, executing('1'), ...events, success])
    expect(run?.announcedCredits).toBeNull()
  })

  it('a price text after the end is not counted', () => {
    const [run] = replay([start, executing('1'), waiting('1'), success, completed('1', '12.66')])
    expect(run?.announcedCredits).toBeNull()
  })

  it.each([
    ['execution_start', {}],
    ['execution_start', null],
    ['execution_start', { prompt_id: 'x'.repeat(1_000_000) }],
    ['progress_text', { nodeId: '1' }],
    ['progress_text', { nodeId: 'x'.repeat(1_000_000), text: 'Status: Completed' }],
    ['progress_state', { prompt_id: 'p1', nodes: 7 }],
    ['execution_error', 'boom'],
    ['status', { exec_info: null }],
    ['credits_accepted', { prompt_id: 7 }],
    ['no_such_event', {}],
    ['constructor', {}],
    ['__proto__', {}],
  ])('%s that makes no sense is left alone', (type, detail) => {
    expect(parseRunEvent({ type, detail, at: 0 })).toBeNull()
  })

  it('nodes named like prototypes are nodes', () => {
    const nodes = JSON.parse('{"__proto__": {"state": "running"}}') as unknown
    const [run] = replay([
      start,
      ['progress_state', { prompt_id: 'p1', nodes }],
      completed('__proto__', '5'),
      success,
    ])
    expect(run?.calls).toMatchObject([{ nodeId: '__proto__', announcedCredits: 5 }])
  })
})

describe('a run of another client', () => {
  it('is no run here: its states come to every client where a script queued it', () => {
    const foreign = [
      states('script', { 1: 'running' }),
      completed('1', '12.66'),
      states('script', { 1: 'finished' }),
    ]
    const state = after(foreign)
    expect(runsOf(state)).toEqual([])
    expect(state.open).toBeNull()
    expect(state.overheard).toMatchObject([{ nodeId: '1', credits: 12.66 }])
  })

  it('is none either when it is interrupted, which every client receives', () => {
    expect(replay([['execution_interrupted', { prompt_id: 'script' }]])).toEqual([])
    const [run, ...others] = replay([
      start,
      executing('1'),
      ['execution_interrupted', { prompt_id: 'script' }],
      completed('1', '12.66'),
      success,
    ])
    expect(run).toMatchObject({ promptId: 'p1', outcome: 'succeeded', announcedCredits: 12.66 })
    expect(others).toEqual([])
  })

  it('is no run that this tab queued and whose start was missed', () => {
    const queued: Raw = ['credits_accepted', { prompt_id: 'p1', number: 1 }]
    const [run] = replay([queued, states('p1', { 1: 'running' }), completed('1', '12.66'), success])
    expect(run).toMatchObject({ promptId: 'p1', announcedCredits: 12.66 })
  })
})

describe('what a run puts out', () => {
  const file = { filename: 'castle_00001_.png', subfolder: '', type: 'output' }
  const executed = (promptId: string, output: unknown): Raw => [
    'executed',
    { node: '2', display_node: '2', output, prompt_id: promptId },
  ]

  it('is its first file that stays, also where it is reported after the end', () => {
    const preview = { ...file, type: 'temp' }
    const other = { ...file, filename: 'castle_00002_.png' }
    const [run] = replay([
      start,
      executed('p1', { images: [preview] }),
      success,
      executed('p1', { images: [file, other] }),
      executed('p1', { images: [other] }),
    ])
    expect(run?.output).toEqual(file)
  })

  it('is nobody’s where the run is not known here', () => {
    const [run] = replay([start, executed('p2', { images: [file] }), success])
    expect(run?.output).toBeNull()
  })

  it('is nothing where the reference is not one', () => {
    const [run] = replay([start, executed('p1', { images: [{ ...file, subfolder: '..' }] })])
    expect(run?.output).toBeNull()
  })
})

describe('what the nodes of a run are set to', () => {
  const taken: Raw = ['credits_accepted', { prompt_id: 'p1', number: 1 }]
  const settings = { '1': 'image' }

  it.each<[string, readonly Raw[], readonly Raw[]]>([
    ['before it starts', [taken], [start, success]],
    ['while it goes on', [start, taken], [success]],
    ['after its end', [start, success, taken], []],
  ])('is noted where the server’s answer comes %s', (_, before, then) => {
    const [run] = runsOf(after(then, noteSettings(after(before), 'p1', settings)))
    expect(run).toMatchObject({ promptId: 'p1', outcome: 'cached', settings })
  })

  it('is not noted with another run', () => {
    const [run] = runsOf(noteSettings(after([start, success]), 'p2', settings))
    expect(run?.settings).toBeUndefined()
  })
})
