import { asArray, own } from './json.ts'
import { SUBGRAPH_INPUT, type SavedGraph, type SavedNode } from './workflow-file.ts'

/**
 * The widgets of inner nodes that a subgraph's node shows as its own, with its values for them, by
 * the name of the subgraph's input. Files before 1.43 list them as `proxyWidgets`, where `-1` stands
 * for an input of the subgraph; later ones save one value for each such input.
 */
export function promotedValues(host: SavedNode, graph: SavedGraph): ReadonlyMap<string, unknown> {
  const saved = asArray(host.widgets)
  const proxies = host.proxyWidgets.map(([id, name]) => ({ isOwn: String(id) === '-1', name }))
  const ownInputs = proxies.filter(({ isOwn }) => isOwn)
  if (proxies.length > 0 && saved.length === proxies.length) {
    return pair(
      proxies.map(({ isOwn, name }) => (isOwn ? name : null)),
      saved,
    )
  }
  if (ownInputs.length > 0 && saved.length === ownInputs.length) {
    return pair(
      ownInputs.map(({ name }) => name),
      saved,
    )
  }
  return byInput(host, graph, saved)
}

function byInput(
  host: SavedNode,
  graph: SavedGraph,
  saved: readonly unknown[],
): ReadonlyMap<string, unknown> {
  const names = promotedInputs(host, graph)
  const named = host.namedWidgets
  const isNamed = named !== null && (saved.length === 0 || saved.length === names.length)
  if (!isNamed) return pair(names, saved)
  return pair(
    names,
    names.map((name, index) => saved[index] ?? own(named, name)),
  )
}

function promotedInputs(host: SavedNode, graph: SavedGraph): string[] {
  const slots = new Set<number>()
  for (const { from, fromSlot, to, toSlot } of graph.links.values()) {
    const isPromoted = graph.nodes.get(to)?.inputs[toSlot]?.isWidget === true
    if (from === SUBGRAPH_INPUT && isPromoted) slots.add(fromSlot)
  }
  return graph.inputs.filter(
    (name, slot) =>
      slots.has(slot) || host.inputs.some((input) => input.isWidget && input.name === name),
  )
}

function pair(names: readonly unknown[], values: readonly unknown[]): Map<string, unknown> {
  return new Map(
    names.flatMap((name, index): [string, unknown][] => {
      const value = values[index]
      const isSet = typeof name === 'string' && value !== undefined && value !== null
      return isSet ? [[name, value]] : []
    }),
  )
}
