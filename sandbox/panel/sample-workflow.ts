import type { OpenWorkflow } from '../../src/host/port.ts'
import type { PanelHost } from './host.ts'

const WAIT_MS = 500

/** One partner node, whose price list says 12.66 credits. */
export const samplePaidWorkflow: OpenWorkflow = {
  workflow: {
    nodes: [
      {
        id: 1,
        type: 'SampleImageUltra',
        mode: 0,
        inputs: [],
        outputs: [],
        properties: {},
        widgets_values: [],
      },
    ],
    links: [],
    version: 0.4,
  },
  nodeType: () => ({
    input: { required: {}, optional: {} },
    output_node: true,
    api_node: true,
    price_badge: {
      engine: 'jsonata',
      expr: '{"type":"usd","usd":0.06}',
      depends_on: { widgets: [], inputs: [], input_groups: [] },
    },
  }),
}

/** Presses Run until it is asked about: the first presses may come before anything is known. */
export async function pressUntilAsked(host: PanelHost, source: string): Promise<void> {
  let isQueued = true
  while (isQueued) {
    await new Promise((resolve) => {
      setTimeout(resolve, WAIT_MS)
    })
    isQueued = await host.pressRun(0, 1, { intent: { trigger_source: source } })
  }
}
