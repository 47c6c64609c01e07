import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPanelHost, type PanelHost } from '../../../sandbox/panel/host.ts'
import type { Api } from '../../../src/api/port.ts'
import BarEstimate from '../../../src/estimate/BarEstimate.vue'
import WorkflowCost from '../../../src/overview/WorkflowCost.vue'
import type { Account, OpenWorkflow } from '../../../src/host/port.ts'
import { combo, int, nodeType, usd, workflow } from '../../support/builders/workflow.ts'
import { InThreadWorker } from '../support/in-thread-worker.ts'
import { viewTests } from '../support/view.ts'

const mounted = viewTests()
const PERSON: Account = { id: 'token:person', login: 'token' }

const output = { output_node: true }
const types: Readonly<Record<string, object>> = {
  Image: nodeType({
    required: {
      quality: combo('low', 'medium', 'high'),
      seed: int({ control_after_generate: true }),
    },
    price: {
      expr: '{"usd": $lookup({"low": 0.02, "medium": 0.05, "high": 0.19}, widgets.quality)}',
      widgets: { quality: 'COMBO' },
    },
    more: output,
  }),
  Range: nodeType({
    price: { expr: '{"type": "range_usd", "min_usd": 0.1, "max_usd": 0.3}' },
    more: output,
  }),
  Unpriced: nodeType({ more: { api_node: true, ...output } }),
  Idle: nodeType({ price: { expr: usd(0.5) } }),
}

function canvas(...nodes: Parameters<typeof workflow>[0]): OpenWorkflow {
  return { workflow: workflow(nodes), nodeType: (type) => types[type] }
}
const image = { id: 1, type: 'Image', widgets: ['high', 7, 'randomize'] }

/** $10 are 2,110 credits. */
const api = {
  call: (() => () =>
    Promise.resolve({ currency: 'usd', amount_micros: 1000 })) as unknown as Api['call'],
}

function hostWith(open: OpenWorkflow): PanelHost {
  const names = { type: 'Image', title: 'Sample Image', workflow: 'Castle' }
  return createPanelHost({ account: PERSON, openWorkflow: open, options: ['estimate'], names })
}

async function bar(open: OpenWorkflow) {
  const host = hostWith(open)
  const view = await mounted(BarEstimate, { host, api })
  return { host, view, label: () => host.estimate()?.label ?? null }
}

const popover = () => document.querySelector('[role=dialog]')
const cellsOf = (root: ParentNode | null) =>
  [...(root?.querySelectorAll('tbody tr') ?? [])].map((row) =>
    [...row.querySelectorAll('th bdi, span, td')].map((cell) => cell.textContent.trim()),
  )

beforeAll(() => import('../../../src/estimate/EstimatePopover.vue'))
beforeAll(() => import('../../../locales/en/overview.json'))
beforeEach(() => void vi.stubGlobal('Worker', InThreadWorker))

describe('beside Run', () => {
  it('is the cost, as one price, a rough one, a lower bound, unknown, or none', async () => {
    const { host, label } = await bar(canvas(image))
    await vi.waitFor(() => expect(label()).toBe('≈ 40.09 credits · $0.19'))
    host.draw(canvas(image, { id: 2, type: 'Range' }))
    await vi.waitFor(() => expect(label()).toBe('≈ 82 credits · $0.39'))
    expect(host.estimate()?.hint).toContain('61.19 to 103.39 credits.')
    host.draw(canvas(image, { id: 2, type: 'Unpriced' }))
    await vi.waitFor(() => expect(label()).toBe('≈ 40.09+ credits · $0.19+'))
    expect(host.estimate()?.hint).toContain('1 node has no known price.')
    host.draw(canvas({ id: 2, type: 'Unpriced' }))
    await vi.waitFor(() => expect(label()).toBe('Cost unknown'))
    host.draw(canvas())
    await vi.waitFor(() => expect(label()).toBeNull())
  })

  it('says when the balance does not cover the runs', async () => {
    const { host, label } = await bar(canvas(image))
    await vi.waitFor(() => expect(label()).not.toBeNull())
    host.chooseBatchCount(40)
    await vi.waitFor(() => expect(label()).toBe('≈ 1,603.60 credits · $7.60'))
    expect(host.estimate()?.isNegative).toBe(false)
    expect(host.estimate()?.hint).toMatch(/^Estimated cost of 40 runs: /)
  })

  it('goes with the login, and its details with it', async () => {
    const { host, label } = await bar(canvas(image))
    await vi.waitFor(() => expect(label()).not.toBeNull())
    host.estimate()?.onPress?.(document.body)
    await vi.waitFor(() => expect(popover()).not.toBeNull())
    host.logout()
    await vi.waitFor(() => expect([label(), popover()]).toEqual([null, null]))
  })
})

describe('the details', () => {
  it('have each node with its cost, how sure it is, and what would be cheaper', async () => {
    const { host, label } = await bar(
      canvas(image, { id: 2, type: 'Range' }, { id: 3, type: 'Unpriced' }, { id: 4, type: 'Idle' }),
    )
    await vi.waitFor(() => expect(label()).not.toBeNull())
    host.estimate()?.onPress?.(document.body)
    await vi.waitFor(() => expect(popover()?.textContent).toContain('Cheaper'))
    expect(cellsOf(popover())).toEqual(
      [
        ['Sample Image', 'This node has no price list.', '?Cost unknown', '?', 'Cost unknown'],
        ['Sample Image', 'Between 21.10 and 63.30 credits', '≈ 42 $0.20'],
        ['Sample Image', 'Fixed price', 'Cheaper: quality medium, 10.55 credits', '40.09 $0.19'],
        ['Sample Image', 'Does not run: no output needs it', '0'],
      ].map((row) => row.map((text) => expect.stringContaining(text.split(' $')[0] ?? ''))),
    )
  })

  it('take the focus, and give it back at Escape', async () => {
    const { host, label } = await bar(canvas(image))
    await vi.waitFor(() => expect(label()).not.toBeNull())
    const button = document.createElement('button')
    document.body.append(button)
    host.estimate()?.onPress?.(button)
    await vi.waitFor(() => expect(document.activeElement?.textContent).toBe('Estimated cost'))
    popover()?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
    await vi.waitFor(() => expect(popover()).toBeNull())
    expect(document.activeElement).toBe(button)
  })

  it('close when something else is pressed, but not by a press inside', async () => {
    const { host, label } = await bar(canvas(image))
    await vi.waitFor(() => expect(label()).not.toBeNull())
    const button = document.createElement('button')
    document.body.append(button)
    host.estimate()?.onPress?.(button)
    await vi.waitFor(() => expect(popover()).not.toBeNull())
    popover()?.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    button.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    await new Promise((resolve) => requestAnimationFrame(resolve))
    expect(popover()).not.toBeNull()
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }))
    await vi.waitFor(() => expect(popover()).toBeNull())
  })
})

describe('in Overview', () => {
  it('is the cost with how many runs the balance covers, and nothing where nothing costs', async () => {
    const host = hostWith(canvas(image))
    const view = await mounted(WorkflowCost, { host, api, texts: 'overview' })
    await vi.waitFor(() => expect(view.text()).toContain('≈ 40.09 credits · $0.19'))
    expect(view.text()).toContain('Castle')
    host.draw(canvas())
    await vi.waitFor(() => expect(view.find('section').exists()).toBe(false))
  })
})
