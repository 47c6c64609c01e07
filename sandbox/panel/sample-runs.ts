import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { OutputFile } from '../../src/host/port.ts'
import { periodOf } from '../../src/limits/period.ts'
import type { Reading } from '../../src/reconciliation/balance-reading.ts'
import { verdictWord, type Verdict } from '../../src/reconciliation/verdict.ts'
import { DatabaseRunArchive } from '../../src/run-archive/database.ts'
import type { Run, RunOutcome } from '../../src/runs/run.ts'
import type { SampleSpending } from './sample-limits.ts'

const MINUTE = 60_000
const PIECE = 2000

interface Sample {
  readonly workflow: string | null
  readonly calls: readonly {
    readonly title: string
    readonly model: string
    readonly credits: number
    readonly tokens?: readonly [input: number, output: number]
  }[]
  readonly outcome?: RunOutcome
  readonly file?: string
}

const image = { title: 'Sample Image Ultra', model: 'aurora-ultra', credits: 12.66 }
const chat = {
  title: 'Sample Chat',
  model: 'lexis-large',
  credits: 0.68,
  tokens: [7, 322],
} as const

/** What people run, and how it ends; each list of runs goes round it. */
const samples: readonly Sample[] = [
  { workflow: 'Mountain poster', calls: [image], file: 'mountain_00001_.png' },
  {
    workflow: 'Castle at dusk',
    calls: [chat, image, { title: 'Sample Upscale', model: 'aurora-2', credits: 2.21 }],
    file: 'castle_00002_.png',
  },
  {
    workflow: 'Walk cycle',
    calls: [{ title: 'Sample Video', model: 'tempo-2', credits: 73.85 }],
    outcome: 'failed',
  },
  {
    workflow: 'Trailer, final cut',
    calls: [{ title: 'Sample Video', model: 'tempo-2', credits: 147.7 }],
    file: 'trailer_00003_.mp4',
  },
  {
    workflow: 'Chair, low poly',
    calls: [{ title: 'Sample 3D Model', model: 'forma-1', credits: 42.2 }],
    file: 'chair_00004_.glb',
  },
  { workflow: null, calls: [chat] },
  {
    workflow: 'Theme for the trailer',
    calls: [{ title: 'Sample Music', model: 'tempo-1', credits: 8.44 }],
    file: 'theme_00005_.flac',
  },
  {
    workflow: 'Portrait of a lighthouse keeper with his cat',
    calls: [image, image],
    file: 'gone_00006_.png',
  },
  { workflow: 'Mountain poster', calls: [image], outcome: 'cancelled' },
]

/** Stores so many runs of an account in this browser, the newest a few minutes before `now`. */
export async function storeSampleRuns(accountKey: string, count: number, now: number) {
  const archive = new DatabaseRunArchive()
  let usdMicros = usdMicrosFromCredits(2110)
  for (let from = 0; from < count; from += PIECE) {
    const made = Array.from({ length: Math.min(PIECE, count - from) }, (_, index) =>
      sampleRun(from + index, now),
    )
    const readings = made.map(({ run, verdict }): Reading => {
      usdMicros += verdict?.usdMicros ?? 0
      return { at: run.startedAt - 1, usdMicros }
    })
    await archive.write([
      {
        accountKey,
        runs: made.map(({ run }) => run),
        verdicts: made.flatMap(({ verdict }) => verdict ?? []),
        readings,
      },
    ])
  }
  archive.close()
}

/** Pictures for some of the files; the others are gone. */
export function sampleOutputUrl({ filename }: OutputFile): string | null {
  if (!filename.endsWith('.png') || filename.startsWith('gone')) return `/no-such-file/${filename}`
  const hue = filename.startsWith('castle') ? 275 : 205
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">
    <rect width="36" height="36" fill="hsl(${hue} 45% 62%)"/><circle cx="26" cy="10" r="4" fill="#fff3c9"/>
    <path d="M0 30 12 14l8 9 5-5 11 12v6H0Z" fill="hsl(${hue} 40% 28%)"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(picture)}`
}

/** What so many sample runs have cost in the periods of `now`. */
export function sampleSpending(count: number, now: number): SampleSpending {
  const since = (period: keyof SampleSpending): number => periodOf(period, now).from
  const spentSince = (from: number): number =>
    Array.from({ length: count }, (_, index) => sampleRun(index, now).run)
      .filter(({ startedAt }) => startedAt >= from)
      .reduce((sum, { announcedCredits }) => sum + usdMicrosFromCredits(announcedCredits ?? 0), 0)
  return {
    day: spentSince(since('day')),
    week: spentSince(since('week')),
    month: spentSince(since('month')),
  }
}

function sampleRun(index: number, now: number) {
  const {
    workflow,
    calls,
    outcome = 'succeeded',
    file,
  } = samples[index % samples.length] ?? {
    workflow: null,
    calls: [image],
  }
  const startedAt = now - (index + 1) * 47 * MINUTE
  const endedAt = startedAt + 4000 + ((index * 7919) % 90_000)
  const succeeded = outcome === 'succeeded'
  const run: Run = {
    promptId: `sample-${String(index).padStart(6, '0')}`,
    number: index,
    purse: null,
    workflow,
    workflowHash: workflow && `hash of ${workflow}`,
    source: 'button',
    batch: 1,
    startedAt,
    endedAt,
    outcome,
    reason: outcome === 'failed' ? 'other' : null,
    calls: calls.map(({ title, credits }, place) => ({
      nodeId: String(place + 1),
      nodeType: title.replaceAll(' ', ''),
      title,
      announcedCredits: credits,
      asked: 1,
      answers: [credits],
      outcome: succeeded ? 'succeeded' : outcome === 'failed' ? 'failed' : 'cancelled',
      startedAt: startedAt + place * 1000,
      endedAt,
    })),
    announcedCredits: calls.reduce((sum, { credits }) => sum + credits, 0),
    output: file && succeeded ? { filename: file, subfolder: '', type: 'output' } : null,
  }
  return { run, verdict: index === 0 ? null : sampleVerdict(run, calls) }
}

function sampleVerdict(run: Run, calls: Sample['calls']): Verdict {
  const usdMicros = usdMicrosFromCredits(run.announcedCredits ?? 0)
  const cost = { usdMicros, certainty: 'proved' } as const
  return {
    ...cost,
    promptId: run.promptId,
    word: verdictWord(run, cost),
    evidence: { match: 'job-id', eventIds: [`event of ${run.promptId}`], spans: [] },
    calls: calls.map(({ model, credits, tokens = [null, null] }, place) => ({
      nodeId: String(place + 1),
      usdMicros: usdMicrosFromCredits(credits),
      certainty: 'proved',
      measures: {
        model,
        inputTokens: tokens[0],
        outputTokens: tokens[1],
        images: null,
        seconds: null,
      },
    })),
    revised: null,
  }
}
