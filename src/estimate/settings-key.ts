import { digest } from '../runs/digest.ts'
import { badgeContext } from './badge-context.ts'
import type { PriceBadge } from './badge.ts'
import { knownInput } from './constants.ts'
import type { NodeInfo, ObjectInfo } from './object-info.ts'
import type { Prompt, PromptNode } from './prompt.ts'
import { isQuantity } from './quantity.ts'

/** A partner node without a price list costs what its model does. */
const MODEL = /^model(_name|_version|_id)?(\.|$)/
/** Of a price for spoken texts. */
const BY_LENGTH = /\/ ?1?k (chars|characters|bytes)/i
const TEXT = /(^|\.)text\d*$/

const noBadge: PriceBadge = { engine: '', expression: '', widgets: [], inputs: [], inputGroups: [] }

/** By the ids of partner nodes, a name of all that their price depends on. */
export function settingsOf(
  prompt: Prompt,
  objectInfo: ObjectInfo,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...prompt.values()].flatMap((node): [string, string][] => {
      const info = objectInfo.node(node.type)
      const key = info && (info.isApiNode || info.badge) ? settingsKey(node, info, prompt) : null
      return key === null ? [] : [[node.id, key]]
    }),
  )
}

/**
 * The same for nodes that a price list does not tell apart, in a workflow and in what is sent of it.
 * Null where the widgets are not known.
 */
export function settingsKey(node: PromptNode, info: NodeInfo, prompt: Prompt): string | null {
  if (!node.isComplete) return null
  const badge = info.badge === null || info.badge === 'unreadable' ? noBadge : info.badge
  const listed = new Set(badge.widgets.map(({ name }) => name))
  const valueOf = (name: string): unknown => knownInput(node, name, prompt)?.value
  const names = [...new Set([...node.values.keys(), ...node.links.keys()])].toSorted()
  const others = names.flatMap((name) => {
    if (listed.has(name)) return []
    const isOfPrice = isQuantity(name) || (badge === noBadge && MODEL.test(name))
    if (isOfPrice) return [[name, String(valueOf(name) ?? null)]]
    const isSpoken = TEXT.test(name) && BY_LENGTH.test(badge.expression)
    return isSpoken ? [[name, String(valueOf(name) ?? '').length]] : []
  })
  const context = badgeContext(badge, valueOf, new Set(node.links.keys()))
  // Known only in the run: other than a value, and than none.
  const open = [...listed].filter((name) => node.links.has(name) && !knownInput(node, name, prompt))
  return digest(JSON.stringify([node.type, context, others, open]))
}
