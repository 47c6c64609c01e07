import type { OpenWorkflow } from '../../../src/host/port.ts'
import type { PanelHost } from '../host.ts'
import { PanelAccount } from '../account.ts'
import type { PanelState } from './state.ts'

/** An image whose price depends on its quality, and a node whose price nobody knows. */
const NODE_TYPES: Readonly<Record<string, object>> = {
  SampleImage: partnerNode(
    { quality: ['COMBO', { options: ['low', 'medium', 'high'] }] },
    '{"type":"usd","usd": $lookup({"low":0.02,"medium":0.06,"high":0.19}, widgets.quality)}',
  ),
  SampleMusic: partnerNode({ seconds: ['INT', { default: 30 }] }, null),
}

const WORKFLOW: OpenWorkflow = {
  workflow: {
    nodes: [
      savedNode(1, 'SampleImage', 'Sample Image', ['high']),
      savedNode(2, 'SampleImage', 'Cover', ['medium']),
      savedNode(3, 'SampleMusic', 'Sample Music', [30]),
    ],
    links: [],
    version: 0.4,
  },
  nodeType: (type) => NODE_TYPES[type],
}

/** While a workflow is open, asked about, or running. */
export const runningStates: Readonly<Record<string, PanelState>> = {
  estimate: { runs: 40, host: { openWorkflow: WORKFLOW }, next: openEstimate },
  'guard-short': {
    account: () => new PanelAccount(0.1),
    host: { openWorkflow: WORKFLOW },
    next: pressRun,
  },
  'guard-negative': {
    account: () => new PanelAccount(-4.2),
    host: { openWorkflow: WORKFLOW },
    next: pressRun,
  },
  running: { runs: 40, tab: 'history', next: ({ host }) => startRun(host) },
}

async function openEstimate({ host }: { host: PanelHost }): Promise<void> {
  host.draw(WORKFLOW)
  const text = await until(() => host.estimate())
  const button = document.querySelector<HTMLElement>('#run')
  if (button) text.onPress?.(button)
}

/** Once the guard stands around it. */
async function pressRun({ host }: { host: PanelHost }): Promise<void> {
  await until(() => host.isGated() || null)
  await until(() => host.estimate())
  void host.pressRun(0, 4, { intent: { trigger_source: 'button' } })
}

function startRun(host: PanelHost): void {
  const tell = (type: string, detail: unknown): void => host.tell({ type, detail, at: Date.now() })
  const prompt_id = 'sample-running'
  tell('credits_sent', { send: 1, source: 'button', batch: 1 })
  tell('credits_accepted', { send: 1, prompt_id, number: 1, output: {} })
  tell('execution_start', { prompt_id })
  tell('executing', '1')
  const say = (text: string) => tell('progress_text', { prompt_id, nodeId: '1', text })
  say('Status: Waiting for server\nTime elapsed: 0s')
  say('Status: Completed\nPrice: 12.66 credits\nTime elapsed: 4s')
  say('Status: Waiting for server\nTime elapsed: 0s')
}

function partnerNode(required: object, expr: string | null): object {
  const widgets = Object.entries(required).map(([name, [type]]) => ({ name, type: String(type) }))
  return {
    input: { required },
    output_node: true,
    api_node: true,
    price_badge: expr && {
      engine: 'jsonata',
      expr,
      depends_on: { widgets, inputs: [], input_groups: [] },
    },
  }
}

function savedNode(id: number, type: string, title: string, widgets_values: unknown[]): object {
  return { id, type, title, mode: 0, inputs: [], outputs: [], properties: {}, widgets_values }
}

/** At the next frame at which there is something. */
async function until<T>(what: () => T | null): Promise<T> {
  for (;;) {
    const found = what()
    if (found !== null) return found
    await new Promise(requestAnimationFrame)
  }
}
