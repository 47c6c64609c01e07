import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BadgeContext } from '../../../src/estimate/badge.ts'
import { directExpression } from '../../../src/estimate/direct-expression.ts'
import { jsonataExpression } from '../../../src/estimate/jsonata-expression.ts'
import { runs } from '../support/runs.ts'

function compile(source: string) {
  const jsonata = jsonataExpression(source)
  if (jsonata === null) throw new Error(`No expression: ${source}`)
  return { jsonata, direct: directExpression(jsonata.ast) }
}

const isPlain = (source: string): boolean => compile(source).direct !== null

const failed = Symbol('failed')

type Compiled = ReturnType<typeof compile>

/** `undefined` where it is left to jsonata. */
function directly(
  { direct }: Compiled,
  context: BadgeContext,
): { readonly value: unknown } | undefined {
  try {
    return direct === null ? undefined : { value: direct(context) }
  } catch {
    return undefined
  }
}

const byJsonata = ({ jsonata }: Compiled, context: BadgeContext): Promise<unknown> =>
  jsonata.evaluate(context).catch(() => failed)

const context: BadgeContext = {
  widgets: { model: 'video-pro', 'model.size': '720p', n: 3, half: 2.5, on: true, none: null },
  inputs: { image: { connected: true } },
  inputGroups: { refs: 2 },
}

describe('an expression of look-ups, choices and sums is evaluated without jsonata', () => {
  it.each([
    ['{"type": "usd", "usd": widgets.n * 0.1}', { type: 'usd', usd: 3 * 0.1 }],
    ['($a := [2, 3]; $a[1])', 3],
    ['($a := [2, 3]; $a[-2])', 2],
    ['($a := 1; ($a := 2; $a) + $a)', 3],
    ['widgets.on ? "yes" : "no"', 'yes'],
    ['widgets.none ? "yes"', undefined],
    ['$lookup({"720p": 1.5}, $lookup(widgets, "model.size"))', 1.5],
    ['$contains(widgets.model, "pro") and inputs.image.connected', true],
    ['$exists(widgets.other) or inputGroups.refs > 1', true],
    ['widgets.other = widgets.other', false],
    ['widgets.other != 1', false],
    ['widgets.n in [1, 2, 3]', true],
    ['[1, [2, 3], widgets.other]', [1, [2, 3]]],
    ['($a := [1, 2]; [$a, 3])', [1, 2, 3]],
    ['$round(widgets.half)', 2],
    ['$round(1.005, 2)', 1],
    ['-widgets.n', -3],
    ['widgets.n & "x"', '3x'],
    ['$type(widgets.none)', 'null'],
    ['$max([1, widgets.n, 2])', 3],
    ['$number("4.5") + $length("😀a")', 6.5],
  ])('%s', async (source, expected) => {
    const compiled = compile(source)
    expect(directly(compiled, context)).toEqual({ value: expected })
    expect(await byJsonata(compiled, context)).toEqual(expected)
  })

  it('by the same limits', () => {
    const doubled = Array.from({ length: 30 }, (_, i) => `$v${i + 1} := [$v${i}, $v${i}];`)
    const long = compile(`($v0 := [1]; ${doubled.join(' ')} 1)`)
    expect(directly(long, context)).toBeUndefined()
    const joined = Array.from({ length: 30 }, (_, i) => `$v${i + 1} := $v${i} & $v${i};`)
    const longText = compile(`($v0 := "x"; ${joined.join(' ')} 1)`)
    expect(directly(longText, context)).toBeUndefined()
    expect(isPlain(`[${'1,'.repeat(2000)}1]`)).toBe(false)
  })
})

describe('is left to jsonata', () => {
  it.each([
    'widgets.*',
    'widgets.n[$ > 1]',
    '$map([1, 2], function($v) { $v * 2 })',
    '($f := function($v) { $v }; $f(1))',
    '($max := function($v) { 1 }; $max([2]))',
    '$match(widgets.model, /pro/)',
    '[1..3]',
    '$contains("pro")',
    '$other',
    'widgets{model: n}',
    '{"a": ($x := 1), widgets.model: $x}',
    '{"a": 1, "a": 2}',
    '{"_jsonata_lambda": 1}',
    '{"__proto__": {"type": "usd", "usd": 1}}',
    'widgets ~> |$|{"n": 1}|',
    '$now()',
    'widgets.n ~> $string()',
  ])('%s', (source) => {
    expect(isPlain(source)).toBe(false)
  })

  it.each([
    'widgets.none * 2',
    'widgets.other * 2',
    '1 / 0',
    'widgets.model > 2',
    '$contains(widgets.none, "a")',
    '$lookup(widgets.model, "a")',
    '$sum(widgets.list.n)',
    '$max([])',
    '$not(widgets.other)',
    '$number("x")',
    'widgets ? 1 : 2',
    'widgets = inputs',
    '($a := [[1]]; $a[0])',
    '($a := [{"b": 1}]; $a.b)',
  ])('for its values: %s', (source) => {
    const compiled = compile(source)
    expect(compiled.direct).not.toBeNull()
    expect(directly(compiled, context)).toBeUndefined()
  })
})

const oneOf = (...lines: readonly string[]) =>
  fc.constantFrom(...lines.flatMap((line) => line.split('  ')))

const leaf = oneOf(
  '1  2  0.5  -3  0  1e300  "pro"  "720p"  ""  true  false  null  []  {}',
  'widgets.n  widgets.half  widgets.model  widgets."model.size"  widgets.on  widgets.none',
  'widgets.other  inputs.image.connected  inputGroups.refs  widgets',
  '$a  $a[0]  $a[1]  $a.pro  $b  $  $$.widgets.n',
)
const operator = oneOf('+  -  *  /  %  =  !=  <  <=  >  >=  and  or  &  in')
const unaryFunction = oneOf(
  'abs  ceil  floor  round  max  min  sum  exists  length  lowercase  not  number  string  type',
)

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression')
  return {
    expression: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.tuple(inner, operator, inner).map(([a, by, b]) => `(${a} ${by} ${b})`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(unaryFunction, inner).map(([name, a]) => `$${name}(${a})`),
      fc
        .tuple(fc.constantFrom('contains', 'lookup', 'round'), inner, inner)
        .map(([name, a, b]) => `$${name}(${a}, ${b})`),
      fc.array(inner, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.tuple(inner, inner).map(([a, b]) => `{"pro": ${a}, "720p": ${b}}`),
      fc.tuple(inner, inner).map(([a, b]) => `($a := ${a}; ${b})`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `($a := ${a}; $b := ${b}; ${c})`),
    ),
  }
})

/** Objects of either kind are the same. */
const plain = (value: unknown): unknown =>
  value === undefined || value === failed ? value : JSON.parse(JSON.stringify(value))

describe('whatever the expression', () => {
  it('the result is what jsonata gives, or is left to it', async () => {
    const RUNS = runs(2000, 500)
    let direct = 0
    await fc.assert(
      fc.asyncProperty(expression, async (source) => {
        const compiled = compile(source)
        const own = directly(compiled, context)
        if (own === undefined) return
        direct += 1
        expect(plain(own.value)).toEqual(plain(await byJsonata(compiled, context)))
      }),
      { numRuns: RUNS },
    )
    expect(direct).toBeGreaterThan(RUNS * 0.15)
  })
})
