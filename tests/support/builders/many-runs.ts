import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { withCalls } from '../../../src/runs/call.ts'
import type { JudgedRun } from '../../../src/run-archive/port.ts'
import type { OutputFile } from '../../../src/host/port.ts'
import type { Call, Run, RunOutcome } from '../../../src/runs/run.ts'
import { verdictWord, type Certainty, type Verdict } from '../../../src/reconciliation/verdict.ts'

export interface ManyRunsOptions {
  /** The average number of calls per run. */
  readonly callsEach?: number
  readonly seed?: number
  /** Start of the newest, epoch milliseconds; each other starts some minutes before the next. */
  readonly newestAt?: number
}

interface Node {
  readonly type: string
  readonly title: string
  readonly model: string
  readonly prices: readonly number[]
  readonly tokens: boolean
}

const NEWEST_AT = Date.parse('2026-11-22T12:00:00Z')
const MEAN_GAP_MS = 7 * 60_000
const MODELS = ['aurora-1', 'aurora-2', 'aurora-ultra', 'tempo-1', 'tempo-2', 'lexis-small']
const MODEL_NAMES = [...MODELS, 'lexis-large', 'forma-1']
const KINDS = ['Image', 'Ultra', 'Edit', 'Video', 'Video from Image', 'Chat', 'Vision', '3D Model']
const KIND_NAMES = [...KINDS, 'Upscale', 'Relight', 'Inpaint', 'Extend', 'Voice', 'Music', 'Mesh']
const THINGS = [
  'Castle',
  'Portrait',
  'Product',
  'Storyboard',
  'Poster',
  'Tileset',
  'Trailer',
  'Map',
]
const TIMES = ['at dusk', 'draft', 'final', 'in the rain', 'v2']

const NODES: readonly Node[] = KIND_NAMES.map((kind, index) => ({
  type: `Sample${kind.replaceAll(' ', '')}`,
  title: `Sample ${kind}`,
  model: MODEL_NAMES[index % MODEL_NAMES.length] ?? '',
  prices: [4.22 * (index + 1), 8.44 * (index + 1), 12.66].map(
    (price) => Math.round(price * 100) / 100,
  ),
  tokens: ['Chat', 'Vision'].includes(kind),
}))
const WORKFLOWS = THINGS.flatMap((thing) => TIMES.map((time) => `${thing} ${time}`))

/**
 * Runs like those of a real person, newest first: some forty workflows, fifteen nodes and eight models,
 * a few of them used most; every kind of outcome, price and certainty. The same options give the same
 * runs.
 */
export function* manyRuns(
  count: number,
  { callsEach = 3, seed = 1, newestAt = NEWEST_AT }: ManyRunsOptions = {},
): Generator<JudgedRun> {
  const chance = new Chance(seed)
  let startedAt = newestAt
  for (let index = 0; index < count; index += 1) {
    const run = runAt(chance, index, startedAt, callsEach)
    yield { run, verdict: verdictOf(chance, run) }
    startedAt -= 1000 + Math.floor(chance.next() * 2 * MEAN_GAP_MS)
  }
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** At least 0 and less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    const one = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    const two = (one + Math.imul(one ^ (one >>> 7), 61 | one)) ^ one
    return ((two ^ (two >>> 14)) >>> 0) / 2 ** 32
  }

  /** Prefers the first ones. */
  of<T>(things: readonly T[]): T {
    const thing = things[Math.floor(this.next() ** 2 * things.length)]
    if (thing === undefined) throw new RangeError('Nothing to choose from')
    return thing
  }
}

const ENDS = ['succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed', 'cancelled'] as const
const RARE_ENDS = ['interrupted', 'cached', 'lost'] as const

function runAt(chance: Chance, index: number, startedAt: number, callsEach: number): Run {
  const outcome = chance.next() < 0.05 ? chance.of(RARE_ENDS) : chance.of(ENDS)
  const workflow = chance.of(WORKFLOWS)
  const count = 1 + Math.floor(chance.next() * 2 * (callsEach - 0.5))
  const calls = Array.from({ length: count }, (_, place) =>
    callAt(chance, place, startedAt + place * 4000, place === count - 1 ? outcome : 'succeeded'),
  )
  const run: Run = {
    promptId: promptId(chance),
    number: index,
    purse: null,
    workflow,
    workflowHash: WORKFLOWS.indexOf(workflow).toString(16).padStart(16, '0'),
    source: null,
    batch: 1,
    startedAt,
    endedAt: startedAt + count * 4000,
    outcome,
    reason: outcome === 'failed' ? 'other' : null,
    calls: [],
    announcedCredits: null,
    output: outcome === 'succeeded' ? outputOf(calls.at(-1)?.title ?? '', index) : null,
  }
  return withCalls(run, calls)
}

const EXTENSIONS = {
  Video: 'mp4',
  Extend: 'mp4',
  '3D': 'glb',
  Mesh: 'glb',
  Voice: 'mp3',
  Music: 'mp3',
}

/** What the last node puts out; a chat puts out no file. */
function outputOf(title: string, index: number): OutputFile | null {
  if (/Chat|Vision/.test(title)) return null
  const of = Object.entries(EXTENSIONS).find(([word]) => title.includes(word))
  const filename = `ComfyUI_${String(index).padStart(5, '0')}_.${of?.[1] ?? 'png'}`
  return { filename, subfolder: '', type: 'output' }
}

function callAt(chance: Chance, place: number, startedAt: number, end: RunOutcome): Call {
  const node = chance.of(NODES)
  const says = end === 'succeeded' || chance.next() < 0.3
  const announcedCredits = says && chance.next() < 0.9 ? chance.of(node.prices) : null
  return {
    nodeId: chance.next() < 0.2 ? `${place + 1}:1` : String(place + 1),
    nodeType: node.type,
    title: node.title,
    announcedCredits,
    asked: 1,
    answers: says ? [announcedCredits] : [],
    outcome: end === 'succeeded' || end === 'failed' || end === 'lost' ? end : 'cancelled',
    startedAt,
    endedAt: startedAt + 3500,
  }
}

/** Like the server's ids: a UUID. */
function promptId(chance: Chance): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(chance.next() * 16).toString(16))
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const CERTAINTIES: readonly Certainty[] = ['proved', 'proved', 'proved', 'announced', 'at-least']

function verdictOf(chance: Chance, run: Run): Verdict | null {
  if (chance.next() < 0.1) return null
  const usdMicros = usdMicrosFromCredits(run.announcedCredits ?? 0)
  const certainty = run.announcedCredits === null ? 'unknown' : chance.of(CERTAINTIES)
  const isShown = certainty === 'proved' || certainty === 'at-least'
  const cost = { usdMicros: certainty === 'unknown' ? null : usdMicros, certainty }
  return {
    ...cost,
    promptId: run.promptId,
    word: isShown ? verdictWord(run, cost) : 'open',
    evidence: {
      match: isShown ? 'job-id' : null,
      eventIds: isShown ? run.calls.map(({ nodeId }) => `${run.promptId}-${nodeId}`) : [],
      spans: [],
    },
    calls: run.calls.map((call) => {
      const node = NODES.find(({ type }) => type === call.nodeType)
      const tokens = (most: number): number | null =>
        node?.tokens ? Math.ceil(chance.next() * most) : null
      return {
        nodeId: call.nodeId,
        usdMicros:
          call.announcedCredits === null ? null : usdMicrosFromCredits(call.announcedCredits),
        certainty: call.announcedCredits === null ? 'unknown' : certainty,
        measures: isShown
          ? {
              model: node?.model ?? null,
              inputTokens: tokens(4000),
              outputTokens: tokens(1200),
              images: node?.tokens ? null : 1,
              seconds: null,
            }
          : null,
      }
    }),
    revised: null,
  }
}
