import {
  areEqual,
  directFunctions,
  fieldOf,
  joined,
  NotDirect,
  numberOf,
  truthOf,
} from './direct-functions.ts'
import { asArray, asRecord, asText, type JsonRecord } from './json.ts'

/** Gives what jsonata would. Throws where a value makes it less plain than it looked. */
export type DirectExpression = (context: unknown) => unknown

interface Scope {
  readonly context: unknown
  /** By their slots. */
  readonly variables: unknown[]
}

type Step = (scope: Scope) => unknown

/** Slots of the variables that are bound where an expression stands. */
type Slots = ReadonlyMap<string, number>

/** jsonata has limits of its own for longer ones. */
const MAX_NODES = 2000
const MAX_ITEMS = 1000

/**
 * Most price lists are some look-ups and a product, and jsonata awaits each of their fifty steps: with
 * a thousand nodes a page would wait for that alone. This makes plain functions of such an expression.
 * It has no loops, so it always ends. Null for all that is not as plain, which jsonata evaluates.
 */
export function directExpression(ast: unknown): DirectExpression | null {
  try {
    const step = new Translation().step(asRecord(ast), new Map())
    return (context) => step({ context, variables: [] })
  } catch {
    return null
  }
}

/** What each kind of node may have. A field that is not here changes what it means. */
const FIELDS = new Map<string, readonly string[]>([
  ['string', []],
  ['number', []],
  ['value', []],
  ['name', []],
  ['variable', ['predicate']],
  ['path', ['steps']],
  ['block', ['expressions']],
  ['bind', ['lhs', 'rhs']],
  ['condition', ['condition', 'then', 'else']],
  ['function', ['arguments', 'procedure']],
  ['unary', ['lhs', 'expressions', 'expression']],
  ['binary', ['lhs', 'rhs']],
])
const COMMON = new Set(['type', 'value', 'position'])

class Translation {
  private nodes = 0
  private variables = 0
  /** Their values are the same in every context: a table is made once. */
  private readonly constants = new WeakSet<Step>()

  step(node: JsonRecord, slots: Slots): Step {
    this.check(node)
    switch (node['type']) {
      case 'string':
      case 'number':
      case 'value':
        return this.constant(node['value'])
      case 'variable':
        return this.variable(node, slots)
      case 'path':
        return this.path(asArray(node['steps']), slots)
      case 'block':
        return this.block(asArray(node['expressions']), slots)
      case 'condition':
        return this.condition(node, slots)
      case 'function':
        return this.call(node, slots)
      case 'unary':
        return this.unary(node, slots)
      case 'binary':
        return this.binary(node, slots)
      default:
        throw new NotDirect()
    }
  }

  private check(node: JsonRecord): void {
    const fields = FIELDS.get(String(node['type']))
    const isPlain = Object.keys(node).every(
      (name) => COMMON.has(name) || fields?.includes(name) || node[name] === undefined,
    )
    this.nodes += 1
    if (!fields || !isPlain || this.nodes > MAX_NODES) throw new NotDirect()
  }

  private within(node: JsonRecord, name: string, slots: Slots): Step {
    return this.step(asRecord(node[name]), slots)
  }

  private constant(value: unknown): Step {
    const step: Step = () => value
    this.constants.add(step)
    return step
  }

  /** The step itself, or what it always gives. */
  private folded(step: Step, parts: readonly Step[]): Step {
    const isConstant = parts.every((part) => this.constants.has(part))
    return isConstant ? this.constant(step({ context: null, variables: [] })) : step
  }

  private variable(node: JsonRecord, slots: Slots): Step {
    const step = this.bound(String(node['value']), slots)
    const predicate = asArray(node['predicate'])
    if (predicate.length === 0) return step
    const [filter] = predicate
    const { type, value: index } = asRecord(asRecord(filter)['expr'])
    if (predicate.length > 1 || type !== 'number' || !Number.isInteger(index)) throw new NotDirect()
    return (scope) => itemOf(step(scope), Number(index))
  }

  private bound(name: string, slots: Slots): Step {
    if (name === '' || name === '$') return ({ context }) => context
    const slot = slots.get(name)
    // One of jsonata's functions, or nothing.
    if (slot === undefined) throw new NotDirect()
    return ({ variables }) => variables[slot]
  }

  private path(steps: readonly unknown[], slots: Slots): Step {
    const [first, ...others] = steps.map(asRecord)
    if (!first) throw new NotDirect()
    const isName = first['type'] === 'name'
    const start: Step = isName ? ({ context }) => context : this.step(first, slots)
    const names = (isName ? [first, ...others] : others).map((node) => {
      this.check(node)
      if (node['type'] !== 'name') throw new NotDirect()
      return String(node['value'])
    })
    return (scope) => names.reduce(fieldOf, start(scope))
  }

  /** A variable is bound for what comes after it in its block. */
  private block(expressions: readonly unknown[], outer: Slots): Step {
    const slots = new Map(outer)
    const steps = expressions.map((each): Step => {
      const node = asRecord(each)
      if (node['type'] !== 'bind') return this.step(node, slots)
      this.check(node)
      const value = this.within(node, 'rhs', slots)
      const slot = this.variables++
      slots.set(String(asRecord(node['lhs'])['value']), slot)
      return (scope) => (scope.variables[slot] = value(scope))
    })
    return (scope) => {
      let last: unknown
      for (const step of steps) last = step(scope)
      return last
    }
  }

  private condition(node: JsonRecord, slots: Slots): Step {
    const [condition, then] = [
      this.within(node, 'condition', slots),
      this.within(node, 'then', slots),
    ]
    const otherwise = node['else'] === undefined ? null : this.within(node, 'else', slots)
    return (scope) => (truthOf(condition(scope)) ? then(scope) : otherwise?.(scope))
  }

  private call(node: JsonRecord, slots: Slots): Step {
    const { type, value } = asRecord(node['procedure'])
    const [first, second, ...more] = asArray(node['arguments']).map((argument) =>
      this.step(asRecord(argument), slots),
    )
    const name = asText(value) ?? ''
    const count = asArray(node['arguments']).length
    const apply = directFunctions.get(`${name}/${count}`)
    if (type !== 'variable' || slots.has(name) || !apply || !first || more.length > 0) {
      throw new NotDirect()
    }
    return (scope) => apply(first(scope), second?.(scope))
  }

  private unary(node: JsonRecord, slots: Slots): Step {
    switch (node['value']) {
      case '{':
        return this.object(asArray(node['lhs']), slots)
      case '[':
        return this.list(asArray(node['expressions']), slots)
      case '-': {
        const number = this.within(node, 'expression', slots)
        return (scope) => -numberOf(number(scope))
      }
      default:
        throw new NotDirect()
    }
  }

  private object(pairs: readonly unknown[], slots: Slots): Step {
    const fields = pairs.map((pair): [string, Step] => {
      const [key, value] = asArray(pair).map(asRecord)
      const name = asText(key?.['value'])
      if (key) this.check(key)
      const isName = key?.['type'] === 'string' && name !== null && !isReserved(name)
      if (!isName || !value) throw new NotDirect()
      return [name, this.step(value, slots)]
    })
    if (new Set(fields.map(([name]) => name)).size < fields.length) throw new NotDirect()
    const step: Step = (scope) => {
      const object: Record<string, unknown> = {}
      for (const [name, valueOf] of fields) {
        const value = valueOf(scope)
        if (value !== undefined) object[name] = value
      }
      return object
    }
    return this.folded(
      step,
      fields.map(([, value]) => value),
    )
  }

  private list(items: readonly unknown[], slots: Slots): Step {
    const steps = items.map((item) => {
      const node = asRecord(item)
      return { step: this.step(node, slots), isList: node['value'] === '[' }
    })
    const step: Step = (scope) => {
      const list: unknown[] = []
      for (const { step: item, isList } of steps) {
        const value = item(scope)
        // jsonata takes another list's items one by one, unless it is written out.
        if (Array.isArray(value) && !isList) list.push(...value)
        else if (value !== undefined) list.push(value)
        // A list that has another twice has twice its items, and so on.
        if (list.length > MAX_ITEMS) throw new NotDirect()
      }
      return list
    }
    return this.folded(
      step,
      steps.map(({ step: item }) => item),
    )
  }

  private binary(node: JsonRecord, slots: Slots): Step {
    const [a, b] = [this.within(node, 'lhs', slots), this.within(node, 'rhs', slots)]
    switch (node['value']) {
      case 'and':
        return (scope) => truthOf(a(scope)) && truthOf(b(scope))
      case 'or':
        return (scope) => truthOf(a(scope)) || truthOf(b(scope))
    }
    const apply = operators.get(String(node['value']))
    if (!apply) throw new NotDirect()
    return (scope) => apply(a(scope), b(scope))
  }
}

/** Of jsonata, and of every object. */
const isReserved = (name: string): boolean => name.startsWith('_jsonata_') || name === '__proto__'

type Operator = (a: unknown, b: unknown) => unknown

const ofNumbers =
  (apply: (a: number, b: number) => number): Operator =>
  (a, b) =>
    numberOf(apply(numberOf(a), numberOf(b)))

/** Of two numbers, or of two texts. */
const ofOrder =
  (isSo: (order: number) => boolean): Operator =>
  (a, b) => {
    if (typeof a === 'string' && typeof b === 'string') return isSo(a < b ? -1 : Number(a > b))
    return isSo(numberOf(a) - numberOf(b))
  }

const operators = new Map<string, Operator>([
  ['+', ofNumbers((a, b) => a + b)],
  ['-', ofNumbers((a, b) => a - b)],
  ['*', ofNumbers((a, b) => a * b)],
  ['/', ofNumbers((a, b) => a / b)],
  ['%', ofNumbers((a, b) => a % b)],
  ['<', ofOrder((order) => order < 0)],
  ['<=', ofOrder((order) => order <= 0)],
  ['>', ofOrder((order) => order > 0)],
  ['>=', ofOrder((order) => order >= 0)],
  // Nothing is neither equal to anything, nor other than it.
  ['=', (a, b) => a !== undefined && b !== undefined && areEqual(a, b)],
  ['!=', (a, b) => a !== undefined && b !== undefined && !areEqual(a, b)],
  ['&', joined],
  ['in', isIn],
])

function isIn(value: unknown, list: unknown): boolean {
  if (value === undefined || list === undefined) return false
  return Array.isArray(list) ? list.includes(value) : list === value
}

function itemOf(list: unknown, index: number): unknown {
  if (!Array.isArray(list)) throw new NotDirect()
  const item: unknown = list.at(index)
  if (Array.isArray(item)) throw new NotDirect()
  return item
}
