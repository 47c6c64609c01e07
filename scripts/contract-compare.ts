import { toJSONSchema } from 'zod'
import type { Endpoint } from '@comfyui-credits/contract/endpoints'

/**
 * How an answer differs from the contract. Made to be shown to others, so it tells names and types
 * of fields and never what is in them.
 * - `misfit`: the panel cannot read this answer
 * - `news`: the API tells more than the contract knows
 * - `open`: what is in a part that the contract leaves open
 * - `unseen`: a list that is empty here, so its entries could not be compared
 */
export interface Difference {
  readonly kind: 'misfit' | 'news' | 'open' | 'unseen'
  /** Such as `events[].createdAt`; empty for the answer itself. */
  readonly path: string
  readonly words: string
}

type Schema = Endpoint['response']

/** What differs, each once however many entries of a list have it. */
export function differences(schema: Schema, answer: unknown): readonly Difference[] {
  const all = [...misfits(schema, answer), ...looks(toJSONSchema(schema), answer, '')]
  return [...new Map(all.map((found) => [JSON.stringify(found), found])).values()]
}

type Issue = NonNullable<ReturnType<Schema['safeParse']>['error']>['issues'][number]

function misfits(schema: Schema, answer: unknown): Difference[] {
  const issues = schema.safeParse(answer).error?.issues ?? []
  return issues.map((issue) => ({
    kind: 'misfit',
    path: issue.path.reduce<string>((path, step) => below(path, step), ''),
    words: misfitWords(issue, at(answer, issue.path)),
  }))
}

function misfitWords(issue: Issue, found: unknown): string {
  if (found === undefined) return 'is missing'
  if (issue.code === 'invalid_type') return `is ${typeOf(found)}, not ${issue.expected}`
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    return `is ${/^[a-z_]{1,40}$/.test(found) ? `"${found}"` : 'a word'}, which the contract does not know`
  }
  return `is ${typeOf(found)} that does not fit (${issue.code})`
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
  readonly anyOf?: readonly Shape[] | undefined
  readonly items?: unknown
  readonly properties?: Readonly<Record<string, unknown>> | undefined
  readonly additionalProperties?: unknown
}

/** What is there and not in the shape. */
function looks(shape: Shape, value: unknown, path: string): Difference[] {
  if (shape.anyOf) return shape.anyOf.flatMap((one) => looks(one, value, path))
  if (Array.isArray(value) && isObject(shape.items)) {
    if (value.length === 0) {
      return [{ kind: 'unseen', path: `${path}[]`, words: 'there is none to compare' }]
    }
    return value.flatMap((entry) => looks(shape.items as Shape, entry, `${path}[]`))
  }
  if (!isObject(value)) return []
  const known = shape.properties
  return Object.entries(value).flatMap(([name, inside]): Difference[] => {
    const inner = known?.[name]
    if (isObject(inner)) return looks(inner, inside, below(path, name))
    if (!isOpen(shape)) return []
    const kind = known ? 'news' : 'open'
    return [{ kind, path: below(path, name), words: `is ${typeOf(inside)}` }]
  })
}

/** Whether other members than those named may be anything. */
function isOpen({ additionalProperties }: Shape): boolean {
  return isObject(additionalProperties) && Object.keys(additionalProperties).length === 0
}

function below(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[]`
  const name = shown(String(step)) ?? '(a name that is not shown)'
  return path === '' ? name : `${path}.${name}`
}

/** Names that programmers give have a letter and few digits; what else is a key may be a person's. */
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
