import type { OpenWorkflow } from '../../src/host/port.ts'
import type { PanelHost } from './host.ts'

const WAIT_MS = 500

/** Prices that depend on a widget, that are always the same, and that nobody knows. */
const NODE_TYPES: Readonly<Record<string, object>> = {
  SampleImage: partnerNode(
    { quality: ['COMBO', { options: ['low', 'medium', 'high'] }] },
    '{"type":"usd","usd": $lookup({"low":0.02,"medium":0.06,"high":0.19}, widgets.quality)}',
  ),
  SampleImageUltra: partnerNode({}, '{"type":"usd","usd":0.06}'),
  SampleMusic: partnerNode({ seconds: ['INT', { default: 30 }] }, null),
}

/** Three partner nodes, one of them without a known price. */
export const sampleWorkflow: OpenWorkflow = workflowOf([
  savedNode(1, 'SampleImage', 'Sample Image', ['high']),
  savedNode(2, 'SampleImage', 'Cover', ['medium']),
  savedNode(3, 'SampleMusic', 'Sample Music', [30]),
])

/** One partner node, whose price list says 12.66 credits. */
export const samplePaidWorkflow: OpenWorkflow = workflowOf([
  savedNode(1, 'SampleImageUltra', 'Sample Image Ultra', []),
])

/** Presses Run until it is asked about: the first presses may come before anything is known. */
export async function pressUntilAsked(
  host: PanelHost,
  { source, batch }: { readonly source: string; readonly batch: number },
): Promise<void> {
  let isQueued = true
  while (isQueued) {
    await new Promise((resolve) => {
      setTimeout(resolve, WAIT_MS)
    })
    isQueued = await host.pressRun(0, batch, { intent: { trigger_source: source } })
  }
}

function workflowOf(nodes: readonly object[]): OpenWorkflow {
  return {
    workflow: { nodes, links: [], version: 0.4 },
    nodeType: (type) => NODE_TYPES[type],
  }
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
