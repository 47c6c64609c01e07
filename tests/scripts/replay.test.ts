import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { parseRecording, readRecording } from '../../scripts/recording.ts'
import { replay, type Replayed } from '../../scripts/replay-recordings.ts'

type Event = readonly [type: string, detail: unknown]

const state = (promptId: string, nodes: Record<string, string>): Event => [
  'progress_state',
  {
    prompt_id: promptId,
    nodes: Object.fromEntries(Object.entries(nodes).map(([id, is]) => [id, { state: is }])),
  },
]
const start = (promptId: string): Event[] => [
  ['execution_start', { prompt_id: promptId }],
  ['execution_cached', { prompt_id: promptId, nodes: [] }],
]
const begin = (promptId: string, nodeId: string): Event[] => [
  state(promptId, { [nodeId]: 'running' }),
  ['executing', nodeId],
  ['progress_text', { nodeId, text: 'Status: Waiting for server\nTime elapsed: 0s' }],
]
const price = (nodeId: string, credits: string): Event => [
  'progress_text',
  { nodeId, text: `Status: Completed\nPrice: ${credits} credits\nTime elapsed: 0s` },
]
const end = (promptId: string): Event[] => [
  ['execution_success', { prompt_id: promptId }],
  ['status', { exec_info: { queue_remaining: 0 } }],
  ['executing', null],
]

const prompt = { '1': { class_type: 'Flux' }, '2': { class_type: 'Recraft' } }

function recording(events: readonly Event[], more: Record<string, unknown> = {}): unknown {
  return {
    prompt,
    events: events.map(([type, detail], index) => ({ t: 1000 + index, type, detail })),
    ...more,
  }
}
const cents = (before: number, after: number) => ({ balance_cents: { before, after } })
const replayed = (...files: unknown[]): Replayed => replay(files.map(parseRecording))

describe('a recording', () => {
  it('without a queue or a balance reports what was announced', () => {
    const result = replayed(
      recording([...start('p'), ...begin('p', '1'), price('1', '12.66'), ...end('p')]),
    )
    expect(result).toEqual({
      runs: [
        {
          prompt_id: 'p',
          outcome: 'succeeded',
          cost: { announced_credits: 12.66, actual_credits: 12.66, certainty: 'announced' },
          calls: [
            {
              node_id: '1',
              node_type: 'Flux',
              price_credits: 12.66,
              price_kind: 'announced',
              outcome: 'succeeded',
              answers: 1,
            },
          ],
        },
      ],
      unexplained_credits: 0,
      explained: [],
      refused: [],
    })
  })

  it.each([[null], [{ before: null, after: 1228 }], [{}]])(
    'may have a balance of %j, which proves nothing',
    (balance_cents) => {
      const events = [...start('p'), ...begin('p', '1'), price('1', '12.66'), ...end('p')]
      const [run] = replayed(recording(events, { balance_cents })).runs
      expect(run?.cost.certainty).toBe('announced')
    },
  )

  it('with a server that was restarted has a run that was lost', () => {
    const events: Event[] = [
      ...start('p'),
      ...begin('p', '1'),
      price('1', '12.66'),
      ['status', null],
      ['reconnecting', null],
      ['reconnected', null],
      ['status', { exec_info: { queue_remaining: 0 } }],
    ]
    expect(replayed(recording(events, cents(1234, 1228)))).toMatchObject({
      runs: [{ outcome: 'lost', cost: { actual_credits: 12.66, certainty: 'proved' } }],
      unexplained_credits: 0,
    })
  })

  it('that stops in the middle of a run has lost sight of it', () => {
    expect(replayed(recording([...start('p'), ...begin('p', '1')])).runs).toMatchObject([
      {
        outcome: 'lost',
        cost: { announced_credits: null, actual_credits: null, certainty: 'unknown' },
      },
    ])
  })

  it('of a page reloaded in the middle knows the run by its end', () => {
    const events: Event[] = [
      ['status', { exec_info: { queue_remaining: 1 } }],
      ['executing', '1'],
      price('1', '12.66'),
      ...end('p'),
    ]
    expect(replayed(recording(events, cents(1234, 1228))).runs).toMatchObject([
      { prompt_id: 'p', outcome: 'succeeded', cost: { actual_credits: 12.66 } },
    ])
  })

  it('in two files, before and after a reload, is one run', () => {
    const before = recording([...start('p'), ...begin('p', '1'), price('1', '12.66')])
    const after = recording([state('p', { '1': 'running' }), ...end('p')])
    expect(replayed(before, after).runs).toMatchObject([
      { prompt_id: 'p', outcome: 'succeeded', cost: { announced_credits: 12.66 } },
    ])
  })

  it('of what other tabs and clients do has no run, and their charge is unexplained', () => {
    const foreign = price('1', '12.66')
    const events = [foreign, ...start('p'), price('9', '99'), ...end('p'), price('1', '1')]
    expect(replayed(recording(events, cents(1234, 1228)))).toMatchObject({
      runs: [{ prompt_id: 'p', calls: [] }],
      unexplained_credits: 12.66,
      explained: [],
    })
  })

  it('of a list without a balance does not sum the repeats, and counts them', () => {
    const waits = begin('p', '2').concat(begin('p', '2').slice(2), begin('p', '2').slice(2))
    const prices = [price('2', '8.44'), price('2', '8.44'), price('2', '8.44')]
    const events = [...start('p'), ...waits, ...prices, ...end('p')]
    expect(replayed(recording(events)).runs).toMatchObject([
      { cost: { actual_credits: 8.44 }, calls: [{ answers: 3 }] },
    ])
    expect(replayed(recording(events, cents(1234, 1222)))).toMatchObject({
      runs: [{ cost: { announced_credits: 8.44, actual_credits: 25.32, certainty: 'proved' } }],
      unexplained_credits: 0,
    })
  })

  it('of a chain that fails late reports what was paid for nothing', () => {
    const events: Event[] = [
      ...start('p'),
      ...begin('p', '1'),
      price('1', '12.66'),
      state('p', { '1': 'finished', '2': 'running' }),
      ...begin('p', '2').slice(1),
      [
        'execution_error',
        { prompt_id: 'p', node_id: '2', exception_type: 'Exception', executed: ['1'] },
      ],
    ]
    expect(replayed(recording(events, cents(1234, 1228)))).toMatchObject({
      runs: [{ outcome: 'failed', calls: [{ outcome: 'succeeded' }, { outcome: 'failed' }] }],
      explained: [{ kind: 'run', credits: 12.66, verdict: 'charged, nothing delivered' }],
    })
  })

  it('of several prompts finds each node in its own', () => {
    const events = [...start('p'), ...begin('p', '3:1'), price('3:1', '1'), ...end('p')]
    const result = replayed(
      recording(events, { prompt: [prompt, { '3:1': { class_type: 'Inner' } }] }),
    )
    expect(result.runs[0]?.calls).toMatchObject([{ node_id: '3:1', node_type: 'Inner' }])
  })

  it('may be without a prompt', () => {
    const events = [...start('p'), ...begin('p', '1'), price('1', '12.66'), ...end('p')]
    expect(replayed(recording(events, { ...cents(1234, 1228), prompt: undefined }))).toMatchObject({
      runs: [{ cost: { actual_credits: 12.66 }, calls: [{ node_type: null }] }],
      unexplained_credits: 0,
    })
  })

  it('may leave out a detail that is null: here of a node that executes no more', () => {
    const own = [...start('p'), ...begin('p', '1')].map(([type, detail]) => ({ type, detail }))
    const [type, detail] = price('1', '12.66')
    const foreign = { type, detail }
    const events = [...own, { type: 'executing' }, { type: 'progress_text' }, foreign]
    expect(replayed({ events }).runs).toMatchObject([
      { prompt_id: 'p', outcome: 'lost', cost: { announced_credits: null } },
    ])
  })

  it.each([[1e308], [-1e308], ['1000'], [null], [undefined]])(
    'may have an event at the time %j, and the next recording is as it is alone',
    (t) => {
      const one = (id: string, at: unknown) => {
        const events = [...start(id), ...begin(id, '1'), price('1', '12.66'), ...end(id)].map(
          ([type, detail], index) => ({ t: index === 3 ? at : 1000 + index, type, detail }),
        )
        return { prompt, events, ...cents(1234, 1228) }
      }
      const proven = { cost: { actual_credits: 12.66, certainty: 'proved' } }
      expect(replayed(one('p', t), one('q', 1003))).toMatchObject({
        runs: [proven, proven],
        unexplained_credits: 0,
      })
    },
  )

  it('may have a balance that went up, which is unexplained too', () => {
    expect(replayed(recording([], cents(1000, 2000))).unexplained_credits).toBe(-2110)
  })

  it('counts each file’s balance for itself', () => {
    const one = (id: string) =>
      recording(
        [...start(id), ...begin(id, '1'), price('1', '12.66'), ...end(id)],
        cents(1234, 1228),
      )
    expect(replayed(one('p'), one('q'))).toMatchObject({
      runs: [{ cost: { certainty: 'proved' } }, { cost: { certainty: 'proved' } }],
      unexplained_credits: 0,
    })
  })

  it.each([
    [null],
    [[]],
    [{}],
    [{ events: {} }],
    [{ events: [null] }],
    [{ events: [{ detail: 1 }] }],
    [{ events: [], balance_cents: 'much' }],
    [{ events: [], balance_cents: { before: '12', after: 1 } }],
    [{ events: [], balance_cents: { before: 1e308, after: -1e308 } }],
  ])('and is %j is refused with a code', (json) => {
    expect(() => parseRecording(json)).toThrow(
      expect.objectContaining({ code: 'not-a-recording' }) as Error,
    )
  })
})

describe('npm run replay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'credits-replay-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const command = (...files: string[]) =>
    spawnSync(
      process.execPath,
      [fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url)), 'replay', ...files],
      { encoding: 'utf8' },
    )

  it('prints what could be read, names what could not, and fails', () => {
    const good = file('good.json', JSON.stringify(recording([...start('p'), ...end('p')])))
    const { stdout, stderr, status } = command(
      file('broken.json', '{'),
      join(folder, 'missing.json'),
      good,
    )
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ prompt_id: 'p', outcome: 'cached' }] })
    expect(stderr).toMatch(/broken\.json: not-json\./)
    expect(stderr).toMatch(/missing\.json: file-unreadable\./)
    expect(status).toBe(1)
  })

  it.each([
    ['UTF-8', '\uFEFF', 'utf8'],
    ['UTF-16', '\uFEFF', 'utf16le'],
  ] as const)('reads a file that begins with a byte order mark, in %s', (name, mark, encoding) => {
    const text = mark + JSON.stringify(recording([...start('p'), ...end('p')]))
    const path = join(folder, `${name}.json`)
    writeFileSync(path, text, { encoding })
    expect(replay([readRecording(path)])).toMatchObject({ runs: [{ prompt_id: 'p' }] })
  })

  it('reads UTF-16 in the other byte order', () => {
    const text = `\uFEFF${JSON.stringify(recording([...start('p'), ...end('p')]))}`
    const path = join(folder, 'big-endian.json')
    writeFileSync(path, Buffer.from(text, 'utf16le').swap16())
    expect(replay([readRecording(path)])).toMatchObject({ runs: [{ prompt_id: 'p' }] })
  })

  it('replays what is beside entries that are no events, says how many are none, and fails', () => {
    const events = [...start('p'), ...begin('p', '1'), price('1', '12.66'), ...end('p')]
    const whole = recording(events, cents(1234, 1228)) as { events: unknown[] }
    const damaged: unknown[] = [null, 7, 'x', [], { t: 3 }, ...whole.events]
    damaged.splice(8, 0, { t: 1003, type: 5 })
    const text = JSON.stringify({ ...whole, events: damaged }).replaceAll(',', ',\r\n')
    const { stdout, stderr, status } = command(file('damaged.json', text))
    expect(JSON.parse(stdout)).toEqual(replayed(whole))
    expect(stderr).toMatch(/damaged\.json: unreadable-events\. 6 of its events are none/)
    expect(status).toBe(1)
  })

  it('without a file leads to --help', () => {
    const { stdout, stderr, status } = command()
    expect([stdout, status]).toEqual(['', 1])
    expect(stderr).toMatch(/No file was given/)
  })
})

const recordings = fileURLToPath(new URL('../../../shared/data/recordings/', import.meta.url))

type ExpectedRun = readonly [
  outcome: string,
  announced: number,
  actual: number,
  /** In `explained`. */
  verdict: string,
]

/** What a person reading the recording finds of each of its runs. */
const expectedRuns: Record<string, readonly ExpectedRun[]> = {
  'batch-two': [
    ['succeeded', 12.66, 12.66, 'charged'],
    ['succeeded', 12.66, 12.66, 'charged'],
  ],
  'flux-401': [['failed', 0, 0, 'nothing charged']],
  'flux-402': [['failed', 0, 0, 'nothing charged']],
  'flux-500': [['failed', 0, 0, 'nothing charged']],
  'flux-cached-rerun': [['cached', 0, 0, 'nothing charged']],
  'flux-interrupted': [['cancelled', 12.66, 0, 'nothing charged']],
  'flux-price-changes': [['succeeded', 20.5, 21.1, 'charged']],
  'flux-success': [['succeeded', 12.66, 12.66, 'charged']],
  'gpt-success': [['succeeded', 4.64, 4.22, 'charged']],
  'list-three-calls': [['succeeded', 8.44, 25.32, 'charged']],
  'logged-out': [['failed', 0, 0, 'nothing charged']],
  'paid-then-local-interrupted': [['interrupted', 12.66, 12.66, 'charged, nothing delivered']],
  'validation-error': [],
}

describe.skipIf(!existsSync(recordings))(
  'recordings of a real server (skipped where ../shared is not there)',
  () => {
    const files = existsSync(recordings)
      ? readdirSync(recordings).filter((name) => name.endsWith('.json'))
      : []
    const read = (name: string) =>
      parseRecording(JSON.parse(readFileSync(join(recordings, name), 'utf8')) as unknown)

    it('are all expected here', () => {
      expect(files.map((name) => name.replace('.json', '')).toSorted()).toEqual(
        Object.keys(expectedRuns).toSorted(),
      )
    })

    it.each(files)('%s', (name) => {
      const result = replay([read(name)])
      const expected = expectedRuns[name.replace('.json', '')] ?? []
      expect(
        result.runs.map((run) => [
          run.outcome,
          run.cost.announced_credits,
          run.cost.actual_credits,
          result.explained.flatMap((part) =>
            part.kind === 'run' && part.prompt_id === run.prompt_id ? part.verdict : [],
          ),
        ]),
      ).toEqual(
        expected.map(([outcome, announced, actual, verdict]) => [
          outcome,
          announced,
          actual,
          [verdict],
        ]),
      )
      expect(result.runs.every(({ cost }) => cost.certainty === 'proved')).toBe(true)
      expect(result.unexplained_credits).toBe(0)
    })

    it('of a refused request is a failed attempt', () => {
      expect(replay([read('validation-error.json')]).refused).toEqual([
        { code: 'prompt_outputs_failed_validation' },
      ])
    })

    it('one after the other are each as they are alone', () => {
      const all = replay(files.map(read))
      expect(all.runs).toEqual(files.flatMap((name) => replay([read(name)]).runs))
      expect(all.unexplained_credits).toBe(0)
    })
  },
)
