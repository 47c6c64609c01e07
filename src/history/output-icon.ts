import { kindOfFile, type OutputKind } from '../runs/output-kind.ts'
import type { HistoryIconName } from './HistoryIcon.vue'
import type { HistoryRow } from './row.ts'

const kindIcons = {
  'top-up': 'plus',
  refund: 'back',
  dispute: 'back',
  adjustment: 'adjust',
  account: 'user',
  other: 'dot',
  unexplained: 'question',
  shared: 'bolt',
  refused: 'warning',
} as const satisfies Record<Exclude<HistoryRow['kind'], 'run' | 'usage'>, HistoryIconName>

/** Words in the names of nodes and models; the first that fits counts. */
const words: readonly (readonly [RegExp, OutputKind])[] = [
  [/video|movie|animat/i, 'video'],
  [/audio|speech|voice|music|sound|tts/i, 'audio'],
  [/3d|mesh|model ?gen|sculpt/i, '3d'],
  [/chat|text gen|llm|vision/i, 'text'],
  [/image|photo|upscale|inpaint|relight|picture/i, 'image'],
]

/**
 * What stands for a row where no picture does. Of a run it is what came out of it, by the file; where
 * no file is known, by what its nodes and models are called.
 */
export function iconOf(row: HistoryRow): HistoryIconName {
  if (row.kind !== 'run' && row.kind !== 'usage') return kindIcons[row.kind]
  const known = row.output && kindOfFile(row.output)
  if (known) return known
  if ((row.tokens?.output ?? 0) > 0) return 'text'
  for (const name of [...row.nodes, ...row.models].toReversed()) {
    const likely = likelyKind(name)
    if (likely) return likely
  }
  return 'bolt'
}

const MAX_KNOWN = 500
const known = new Map<string, OutputKind | null>()

/** Names come again and again: each is looked into once. */
function likelyKind(name: string): OutputKind | null {
  const before = known.get(name)
  if (before !== undefined) return before
  const kind = words.find(([word]) => word.test(name))?.[1] ?? null
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(name, kind)
  return kind
}
