import type { Page } from 'playwright-core'

/** A node to draw: its class, its widgets by name, and what its inputs come from. */
export interface NodePlan {
  readonly type: string
  readonly widgets?: Readonly<Record<string, unknown>>
  /** By the input's name, the index of the plan whose first output it takes. */
  readonly from?: Readonly<Record<string, number>>
}

/** As much of the host's graph as it takes to draw. */
interface Graph {
  clear(): void
  add(node: GraphNode): void
  getNodeById(id: string | number): GraphNode | null
  convertToSubgraph(items: Set<GraphNode>): unknown
  readonly nodes: readonly GraphNode[]
}
interface GraphNode {
  readonly type: string
  readonly widgets?: readonly GraphWidget[]
  readonly inputs: readonly { readonly name: string }[]
  connect(slot: number, to: GraphNode, input: number): unknown
}
interface GraphWidget {
  readonly name: string
  value: unknown
  afterQueued?: () => void
}
interface HostPage {
  readonly LiteGraph: { readonly createNode: (type: string) => GraphNode | null }
  readonly app: {
    readonly graph: Graph
    readonly api: EventTarget
    readonly queuePrompt: (position: number, batch: number) => Promise<unknown>
  }
}

/** Replaces the open workflow. */
export function drawWorkflow(page: Page, plans: readonly NodePlan[]): Promise<void> {
  return page.evaluate((wanted) => {
    const { LiteGraph, app } = window as unknown as HostPage
    app.graph.clear()
    const nodes = wanted.map(({ type, widgets = {} }) => {
      const node = LiteGraph.createNode(type)
      if (!node) throw new Error(`This ComfyUI has no node ${type}`)
      app.graph.add(node)
      for (const widget of node.widgets ?? []) {
        if (Object.hasOwn(widgets, widget.name)) widget.value = widgets[widget.name]
      }
      return node
    })
    for (const [index, { from = {} }] of wanted.entries()) {
      const to = nodes[index]
      for (const [input, source] of Object.entries(from)) {
        const slot = to?.inputs.findIndex(({ name }) => name === input) ?? -1
        if (!to || slot === -1) throw new Error(`${to?.type} has no input ${input}`)
        nodes[source]?.connect(0, to, slot)
      }
    }
  }, plans)
}

/** Puts the only node of this class into a subgraph of its own. */
export function wrapInSubgraph(page: Page, type: string): Promise<void> {
  return page.evaluate((wanted) => {
    const { graph } = (window as unknown as HostPage).app
    const node = graph.nodes.find((each) => each.type === wanted)
    if (!node) throw new Error(`The workflow has no ${wanted}`)
    graph.convertToSubgraph(new Set([node]))
  }, type)
}

/** After each run of a batch this widget takes the next of these values, as a seed does. */
export function changeAfterEachRun(
  page: Page,
  widget: string,
  values: readonly unknown[],
): Promise<void> {
  return page.evaluate(
    ([name, next]) => {
      const { graph } = (window as unknown as HostPage).app
      const found = graph.nodes
        .flatMap((node) => node.widgets ?? [])
        .find((each) => each.name === name)
      if (!found) throw new Error(`The workflow has no widget ${name}`)
      const left = [...next]
      found.afterQueued = () => {
        if (left.length > 0) found.value = left.shift()
      }
    },
    [widget, values] as const,
  )
}

/** Does not wait for the server to take the runs: as its button, it presses Run and goes on. */
export function queueBatch(page: Page, size: number): Promise<void> {
  return page.evaluate((batch) => {
    void (window as unknown as HostPage).app.queuePrompt(0, batch)
  }, size)
}

/** Resolves once a node of this class begins to execute, from now on. */
export function untilExecuting(page: Page, type: string): Promise<void> {
  return page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const { api, graph } = (window as unknown as HostPage).app
        const look = (event: Event): void => {
          const id: unknown = event instanceof CustomEvent ? event.detail : null
          if (typeof id !== 'string' || graph.getNodeById(id)?.type !== wanted) return
          api.removeEventListener('executing', look)
          resolve()
        }
        api.addEventListener('executing', look)
      }),
    type,
  )
}
