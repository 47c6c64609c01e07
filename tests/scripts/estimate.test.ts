import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { nodeEvaluator } from '../../scripts/estimate/node-evaluator.ts'
import type { BadgeContext } from '../../src/estimate/badge.ts'
import { estimate } from '../../src/estimate/estimate.ts'
import { readObjectInfo } from '../../src/estimate/object-info.ts'
import { inquire } from '../../src/estimate/price-questions.ts'
import { readPrompt } from '../../src/estimate/read-prompt.ts'
import { listen } from '../service/support/listen.ts'
import { directEvaluator, nodeType, usd, workflow } from '../support/builders/workflow.ts'
import { runCommand } from './support/run-command.ts'

const types = {
  Fixed: nodeType({ price: { expr: usd(0.06) } }),
  NoBadge: nodeType({ more: { api_node: true } }),
}

describe('npm run estimate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'credits-estimate-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, json: unknown): string => {
    const path = join(folder, name)
    writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
    return path
  }
  const command = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url)), 'estimate', ...args],
      { encoding: 'utf8' },
    )
  const info = file('object_info.json', types)
  const saved = file(
    'workflow.json',
    workflow([
      { id: 1, type: 'Fixed' },
      { id: 2, type: 'NoBadge' },
      { id: 3, type: 'Fixed', mode: 4 },
      { id: 4, type: 'Unheard', pack: 'comfy-core' },
      { id: 5, type: 'Foreign', pack: 'comfyui-kjnodes' },
      { id: 6, type: 'Unheard', mode: 2 },
    ]),
  )

  it('prints what a workflow will cost as JSON', () => {
    const { stdout, stderr, status } = command(saved, info, '--batch', '2')
    expect([stderr, status]).toEqual(['', 0])
    const reused = expect.stringContaining('likely reuse its result') as string
    expect(JSON.parse(stdout)).toEqual({
      nodes: [
        {
          id: '1',
          type: 'Fixed',
          kind: 'usd',
          min_credits: 12.66,
          max_credits: 12.66,
          typical_credits: 12.66,
          label: '12.7 credits/Run',
          reason: null,
          reason_code: null,
          calls: 1,
          run: 'yes',
          run_note: reused,
        },
        {
          id: '2',
          type: 'NoBadge',
          kind: 'unknown',
          min_credits: null,
          max_credits: null,
          typical_credits: null,
          label: null,
          reason: 'The node has no price list.',
          reason_code: 'no-price-badge',
          calls: 1,
          run: 'yes',
          run_note: reused,
        },
        {
          id: '4',
          type: 'Unheard',
          kind: 'unknown',
          min_credits: null,
          max_credits: null,
          typical_credits: null,
          label: null,
          reason: expect.stringContaining('does not have the node') as string,
          reason_code: 'node-missing',
          calls: null,
          run: 'yes',
          run_note: null,
        },
      ],
      total: { min_credits: 12.66, max_credits: 25.32, typical_credits: 12.66, unknown: 2 },
      missing_types: ['Unheard', 'Foreign'],
    })
  })

  it('knows what the run before has left', () => {
    const prompt = file('prompt.json', { '1': { class_type: 'Fixed', inputs: {} } })
    const { stdout } = command(prompt, info, '--after', saved)
    expect(JSON.parse(stdout)).toMatchObject({
      nodes: [{ run: 'likely-cached', run_note: expect.stringContaining('cached') as string }],
      total: { min_credits: 0, max_credits: 12.66, typical_credits: 0 },
    })
  })

  it.each([
    ['missing.json', undefined, 'file-unreadable'],
    ['broken.json', '{', 'not-json'],
    ['other.json', '{"a":1}', 'not-a-workflow'],
  ])('names %s with a code, and without a stack', (name, text, code) => {
    const path = text === undefined ? join(folder, name) : file(name, text)
    const { stdout, stderr, status } = command(path, info)
    expect([stdout, status]).toEqual(['', 1])
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`${name}: ${code}.`)])
  })

  it('asks a ComfyUI that runs for its object info', async () => {
    const comfy = await listen((request) =>
      new URL(request.url).pathname === '/comfy/object_info'
        ? Response.json(types)
        : new Response(null, { status: 404 }),
    )
    const answered = await runCommand(['estimate', saved, `${comfy.url}/comfy/`], {})
    expect(JSON.parse(answered.stdout)).toMatchObject({ total: { typical_credits: 12.66 } })
    const refused = await runCommand(['estimate', saved, comfy.url], {})
    expect(refused.stderr).toContain(
      '/object_info: unreachable. It gives no answer: it answered 404.',
    )
    await comfy.close()
  })

  it('names a file that is no object info', () => {
    const { stderr, status } = command(saved, file('info.json', '[]'))
    expect(stderr).toMatch(/info\.json: not-object-info\./)
    expect(status).toBe(1)
  })

  it.each([
    [[], /Name the workflow and the object info/],
    [['a.json'], /Name the object info after the workflow/],
    [['a.json', 'b.json', 'c.json'], /Too many arguments/],
    [['a.json', 'b.json', '--fast'], /Unknown option '--fast'/],
    [['a.json', 'b.json', '--batch', '0'], /--batch takes a whole number from 1 to 100/],
  ])('refuses %j in a sentence', (args, sentence) => {
    const { stdout, stderr, status } = command(...args)
    expect([stdout, status]).toEqual(['', 1])
    expect(stderr).toMatch(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('explains itself', () => {
    const { stdout, status } = command('--help')
    expect(stdout).toMatch(/Usage: npm run estimate -- WORKFLOW\.json OBJECT_INFO\.json/)
    expect(status).toBe(0)
  })
})

const context: BadgeContext = { widgets: {}, inputs: {}, inputGroups: {} }
const tenThousand = '$pad("", 10000, "x")'
const doubled = (times: number) => `($f := function($x){$x & $x}; "x"${' ~> $f'.repeat(times)})`

describe('an expression that goes wrong', () => {
  // As long as a page's, many times over: this machine may be busy.
  const evaluator = nodeEvaluator(1000)
  afterAll(() => evaluator.close())
  const ask = (expression: string) => evaluator.evaluate([{ expression, context }])

  it.each([
    ['a loop', '($f := function($n){$f($n + 1)}; $f(0))', 'too-many-steps'],
    ['a recursion', '($f := function($n){1 + $f($n + 1)}; $f(0))', 'failed'],
    ['100,000,000 rounds', '$sum([1..100000000])', 'failed'],
    ['many rounds', '$sum($map([1..9999], function($n){$n * $n}))', 'too-many-steps'],
    ['a text of 100,000,000', '{"usd": $length($pad("", 100000000, "x"))}', 'failed'],
    ['a text that doubles', `{"usd": $length(${doubled(28)})}`, 'failed'],
    [
      'a text of many',
      `{"usd": $length($join($map([1..300], function(){${tenThousand}})))}`,
      'failed',
    ],
    [
      'a text that grows by its letters',
      `{"usd": $length($replace(${tenThousand}, /x/, ${tenThousand}))}`,
      'failed',
    ],
    ['a search without an end', `$match("${'a'.repeat(40)}b", /^(a+)+$/)`, 'timeout'],
    ['an error', '$error("no")', 'failed'],
    ['no expression', '{"usd":', 'failed'],
    ['brackets', '('.repeat(50_000), 'failed'],
    ['a function', '{"usd": function($x){$x}}', 'no-price'],
    ['a negative price', '{"usd": -0.06}', 'no-price'],
    ['a list of prices without an end', '{"type":"list_usd","usd":[1..1000000]}', 'failed'],
  ])('by %s leaves the price unknown, and the next one known', async (_, expression, failure) => {
    expect(await ask(expression)).toEqual([{ isPriced: false, failure }])
    expect(await ask(`${usd(0.06)} /* after ${failure} */`)).toMatchObject([{ isPriced: true }])
  })
})

it('an expression that does not end stops nobody for longer than 50 ms each', async () => {
  const evaluator = nodeEvaluator()
  let attempts = 0
  const warmUp = async () => {
    attempts += 1
    const answers = await evaluator.evaluate([{ expression: usd(attempts), context }])
    expect(answers).toMatchObject([{ isPriced: true }])
  }
  // On a busy machine its first expressions may not have a processor in time.
  await vi.waitFor(warmUp, 10_000)
  const bomb = { expression: `$match("${'a'.repeat(40)}b", /^(a+)+$/)`, context }
  const begin = performance.now()
  const answers = await evaluator.evaluate([bomb])
  // Ten times that: this thread and its timer may have to wait for others.
  expect(performance.now() - begin).toBeLessThan(500)
  expect(answers).toEqual([{ isPriced: false, failure: 'timeout' }])
  evaluator.close()
})

const shared = fileURLToPath(new URL('../../../shared/data/workflows/', import.meta.url))
const isThere = existsSync(shared)
const readShared = (name: string): unknown => JSON.parse(readFileSync(join(shared, name), 'utf8'))

interface StockNode {
  readonly id: string
  readonly type: string
  readonly in_prompt: boolean
  readonly context: BadgeContext
  readonly result: { readonly usd?: number; readonly min_usd?: number; readonly max_usd?: number }
}

describe.skipIf(!isThere)('real templates (skipped where ../shared is not there)', () => {
  const prices = isThere
    ? (readShared('prices.json') as Record<string, { readonly nodes: readonly StockNode[] }>)
    : {}
  const info = isThere ? readObjectInfo(readShared('object_info.json')) : null

  it.each(Object.keys(prices))('%s costs what ComfyUI says', async (name) => {
    if (!info) throw new Error('It should be there.')
    const prompt = readPrompt(readShared(name), info)
    const { nodes } = await estimate(prompt, info, directEvaluator)
    const queued = prices[name]?.nodes.filter(({ in_prompt }) => in_prompt) ?? []
    expect(nodes.map(({ id, type }) => ({ id, type }))).toEqual(
      queued.map(({ id, type }) => ({ id, type })),
    )
    for (const { id, type, context: expected, result } of queued) {
      const [node, typeInfo] = [prompt.get(id), info.node(type)]
      const inquiry = node && typeInfo && inquire(node, typeInfo, prompt)
      expect(inquiry).toMatchObject({ questions: [{ context: expected }] })
      const { usd: fixed, min_usd = fixed, max_usd = fixed } = result
      expect(nodes.find((one) => one.id === id)?.amount).toMatchObject({
        minUsdMicros: Math.round((min_usd ?? 0) * 1e6),
        maxUsdMicros: Math.round((max_usd ?? 0) * 1e6),
      })
    }
  })
})
