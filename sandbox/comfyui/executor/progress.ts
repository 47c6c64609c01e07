import type { NodeProgress, RunSink } from './events.ts'

/** The progress of a run's nodes. Sends every change to the sink, with the state of all nodes. */
export function createProgress(promptId: string, sink: RunSink) {
  const nodes = new Map<string, NodeProgress>()

  function set(id: string, state: NodeProgress['state'], value: number, max: number): void {
    nodes.set(id, {
      value,
      max,
      state,
      node_id: id,
      prompt_id: promptId,
      display_node_id: id,
      parent_node_id: null,
      real_node_id: id,
    })
    sink.send({
      type: 'progress_state',
      data: { prompt_id: promptId, nodes: Object.fromEntries(nodes) },
    })
  }

  return {
    start: (id: string) => set(id, 'running', 0, 1),
    update(id: string, value: number, max: number) {
      set(id, 'running', value, max)
      sink.send({ type: 'progress', data: { value, max, prompt_id: promptId, node: id } })
    },
    finish(id: string) {
      const max = nodes.get(id)?.max ?? 1
      set(id, 'finished', max, max)
    },
  }
}
