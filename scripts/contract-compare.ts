import { toJSONSchema } from 'zod'
import type { Endpoint } from '@comfyui-credits/contract/endpoints'

/**
 * How an answer differs from the contract. It is meant for bug reports, so it has names and types of
 * fields and never their values.
 * - `mismatch`: the panel cannot read this answer
 * - `unknown`: a field, or a value of an enumeration, that is not in the contract
 * - `open`: a field in a part that the contract leaves open
 * - `unseen`: the list is empty here, so its entries could not be compared
 */
export interface Difference {
  readonly kind: 'mismatch' | 'unknown' | 'open' | 'unseen'
  /** Such as `events[].createdAt`; empty for the answer itself. */
  readonly path: string
  readonly message: string
}

type Schema = Endpoint['response']

/** Each difference once, however many entries of a list have it. */
export function differences(schema: Schema, answer: unknown): readonly Difference[] {
  const all = [...mismatches(schema, answer), ...beyond(toJSONSchema(schema), answer, '')]
  return [...new Map(all.map((found) => [JSON.stringify(found), found])).values()]
}

type Issue = NonNullable<ReturnType<Schema['safeParse']>['error']>['issues'][number]

function mismatches(schema: Schema, answer: unknown): Difference[] {
  const issues = schema.safeParse(answer).error?.issues ?? []
  return issues.map((issue) => ({
    kind: 'mismatch',
    path: issue.path.reduce<string>((path, step) => below(path, step), ''),
    message: mismatchMessage(issue, at(answer, issue.path)),
  }))
}

function mismatchMessage(issue: Issue, found: unknown): string {
  if (found === undefined) return 'is missing'
  if (issue.code === 'invalid_type') return `is ${typeOf(found)}, not ${issue.expected}`
  if (issue.code === 'invalid_value' && typeof found === 'string') return newValue(found)
  return `is ${typeOf(found)} that does not fit (${issue.code})`
}

/** Programmers' values are lower-case words; any other text may be personal. */
function newValue(found: string): string {
  return `is ${/^[a-z_]{1,40}$/.test(found) ? `"${found}"` : 'a text'}, which is not in the contract`
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, step) =>
      isObject(inside) || Array.isArray(inside) ? Reflect.get(inside, step) : null,
    value,
  )
}

/** The part of JSON Schema that zod writes for the contract's shapes. */
interface Shape {
  readonly enum?: readonly unknown[] | undefined
  readonly anyOf?: readonly Shape[] | undefined
  readonly items?: unknown
  readonly properties?: Readonly<Record<string, unknown>> | undefined
  readonly additionalProperties?: unknown
}

/** What the value has beyond the shape. */
function beyond(shape: Shape, value: unknown, path: string): Difference[] {
  if (typeof value === 'string') {
    const known = knownValues(shape)
    if (known.length === 0 || known.includes(value)) return []
    return [{ kind: 'unknown', path, message: newValue(value) }]
  }
  if (shape.anyOf) return shape.anyOf.flatMap((one) => beyond(one, value, path))
  if (Array.isArray(value) && isObject(shape.items)) {
    if (value.length === 0) {
      return [{ kind: 'unseen', path: `${path}[]`, message: 'has no entry to compare' }]
    }
    return value.flatMap((entry) => beyond(shape.items as Shape, entry, `${path}[]`))
  }
  if (!isObject(value)) return []
  const known = shape.properties
  return Object.entries(value).flatMap(([name, inside]): Difference[] => {
    const inner = known?.[name]
    if (isObject(inner)) return beyond(inner, inside, below(path, name))
    if (!isOpen(shape)) return []
    const kind = known ? 'unknown' : 'open'
    return [{ kind, path: below(path, name), message: `is ${typeOf(inside)}` }]
  })
}

/** Of an enumeration, which takes newer values too; empty for any other shape. */
function knownValues(shape: Shape): readonly unknown[] {
  return shape.enum ?? shape.anyOf?.flatMap(knownValues) ?? []
}

/** Whether members that the shape does not name may be anything. */
function isOpen({ additionalProperties }: Shape): boolean {
  return isObject(additionalProperties) && Object.keys(additionalProperties).length === 0
}

function below(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[]`
  const name = shown(String(step)) ?? '(a hidden name)'
  return path === '' ? name : `${path}.${name}`
}

/** Programmers' names are letters and few digits; any other key may be personal. */
function shown(name: string): string | null {
  return /^[A-Za-z][A-Za-z_-]{0,40}\d{0,2}$/.test(name) ? name : null
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
