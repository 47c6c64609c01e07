import { asArray, asRecord, asText, isRecord, own, type JsonRecord } from './json.ts'
import { readBadge, type PriceBadge } from './badge.ts'
import { EstimateInputError } from './prompt.ts'

/** The server's description of its nodes: its answer to `/object_info`. */
export interface ObjectInfo {
  /** Null for a node that this server does not have. */
  node(type: string): NodeInfo | null
}

export interface NodeInfo {
  readonly isApiNode: boolean
  /** Null without one, `unreadable` where it is not as ComfyUI writes them. */
  readonly badge: PriceBadge | 'unreadable' | null
  /** Its result is what a run is for: the server runs only what such nodes need. */
  readonly isOutputNode: boolean
  /** Runs once for a whole list instead of once for each of its items. */
  readonly isInputList: boolean
  readonly outputIsList: readonly boolean[]
  readonly inputs: readonly InputSpec[]
}

export interface InputSpec {
  readonly name: string
  readonly type: string
  readonly config: JsonRecord
  /** Of a COMBO; null of everything else, and where the values come from elsewhere. */
  readonly choices: readonly unknown[] | null
}

/** Throws an EstimateInputError. Reads a node when it is first asked for: there are thousands. */
export function readObjectInfo(json: unknown): ObjectInfo {
  const nodes = nodesOf(json)
  return objectInfoFrom((type) => own(nodes, type))
}

/** From a source that may describe a type in a new way at any time, by another object. */
export function objectInfoFrom(describe: (type: string) => unknown): ObjectInfo {
  const known = new WeakMap<object, NodeInfo>()
  return {
    node(type) {
      const entry = describe(type)
      if (!isRecord(entry)) return null
      const found = known.get(entry)
      if (found) return found
      const info = readNode(entry)
      known.set(entry, info)
      return info
    },
  }
}

/** Tools save it as it is, or below `nodes` beside notes of their own. */
function nodesOf(json: unknown): JsonRecord {
  const record = asRecord(json)
  for (const nodes of [record, asRecord(record['nodes'])]) {
    if (Object.values(nodes).some((node) => isRecord(node) && isRecord(node['input']))) return nodes
  }
  throw new EstimateInputError(
    'not-object-info',
    'It is JSON, but not what a ComfyUI server answers to /object_info.',
  )
}

function readNode(entry: JsonRecord): NodeInfo {
  return {
    isApiNode: entry['api_node'] === true,
    badge: readBadge(entry['price_badge']),
    isOutputNode: entry['output_node'] === true,
    isInputList: entry['is_input_list'] === true,
    outputIsList: asArray(entry['output_is_list']).map((isList) => isList === true),
    inputs: readInputs(entry['input'], entry['input_order']),
  }
}

/** In the order of the widgets. Also reads the inputs of a dynamic combo's choice. */
export function readInputs(input: unknown, inputOrder?: unknown): InputSpec[] {
  return ['required', 'optional'].flatMap((group) => {
    const specs = asRecord(asRecord(input)[group])
    const ordered = asArray(asRecord(inputOrder)[group]).filter(
      (name): name is string => typeof name === 'string' && Object.hasOwn(specs, name),
    )
    const names = new Set([...ordered, ...Object.keys(specs)])
    return [...names].flatMap((name) => readSpec(name, specs[name]) ?? [])
  })
}

function readSpec(name: string, spec: unknown): InputSpec | null {
  const [type, options] = asArray(spec)
  const config = asRecord(options)
  if (Array.isArray(type)) return { name, type: 'COMBO', config, choices: type }
  // An input of several types, such as `FLOAT,INT`, names the one that its widget is of.
  const typeName = asText(config['widgetType']) ?? asText(type)
  if (typeName === null) return null
  const choices = typeName === 'COMBO' ? asArray(config['options']) : null
  return { name, type: typeName, config, choices }
}
