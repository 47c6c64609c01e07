import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'
import { boot } from '../../src/boot.ts'
import { findCapabilities, whatIsMissing } from '../../src/host/capabilities.ts'
import type { ComfyApp, ComfyExtension } from '../../src/host/comfy-types.ts'

const ENTRY = 'http://127.0.0.1:8288/extensions/comfyui-credits/credits.js'

/** What frontend 1.58.1 has of all that we look at, recorded there; older ones have most of it. */
const SHAPE = {
  registerExtension: 'function',
  'ui.settings.addSetting': 'function',
  'ui.settings.addEventListener': 'function',
  'api.addEventListener': 'function',
  queuePrompt: 'function',
  'api.queuePrompt': 'function',
  'rootGraph.getNodeById': 'function',
  'extensionManager.setting.settings': 'object',
  'extensionManager.setting.get': 'function',
  'api.apiURL': 'function',
  'extensionManager.command.execute': 'function',
  'extensionManager.toast.add': 'function',
  'extensionManager.workflow': 'object',
  'extensionManager.workflow.persistedWorkflows': 'array',
  loadGraphData: 'function',
  'extensionManager._p._s': 'map',
  'extensionManager._p._s.get(auth).getUserAuthHeader': 'function',
  'extensionManager._p._s.get(auth).getWorkspaceAuthHeader': 'function',
  'extensionManager._p._s.get(teamWorkspace)': 'object',
  'extensionManager._p._s.get(workspaceAuth).refreshToken': 'function',
  'extensionManager._p._s.get(dialog).showDialog': 'function',
  'extensionManager._p._s.get(dialog).dialogStack': 'array',
} as const

type Tree = Record<string, unknown> | Map<string, unknown>
type Fault = 'missing' | 'throws' | 'null' | 'text' | 'number' | 'throwing function'

const FAULTS: readonly Fault[] = [
  'missing',
  'throws',
  'null',
  'text',
  'number',
  'throwing function',
]

/** What the host was given; a function, since TypeScript takes a variable for what it was set to. */
let registered: ComfyExtension | null = null
const extension = (): ComfyExtension | null => registered

function makeHost(): Tree {
  const root: Tree = {}
  for (const [path, kind] of Object.entries(SHAPE)) put(root, path, sample(path, kind))
  return root
}

function sample(path: string, kind: string): unknown {
  if (path === 'registerExtension') {
    return (given: ComfyExtension) => {
      registered = given
    }
  }
  if (kind === 'map') return new Map()
  if (kind === 'array') return []
  return kind === 'function' ? () => undefined : {}
}

const read = (tree: Tree, key: string) => (tree instanceof Map ? tree.get(key) : tree[key])

/** The object that holds the last member of a path, and that member's key. */
function holder(root: Tree, path: string): { tree: Tree; key: string } {
  const steps = path.split('.').map((step) => /^get\((.+)\)$/.exec(step)?.[1] ?? step)
  const key = steps.pop() ?? ''
  let tree = root
  for (const step of steps) {
    const next = read(tree, step) ?? {}
    if (tree instanceof Map) tree.set(step, next)
    else tree[step] = next
    tree = next as Tree
  }
  return { tree, key }
}

function put(root: Tree, path: string, value: unknown): void {
  const { tree, key } = holder(root, path)
  if (tree instanceof Map) tree.set(key, value)
  else tree[key] = value
}

function breakMember(root: Tree, path: string, fault: Fault): void {
  const { tree, key } = holder(root, path)
  const throwing = () => {
    throw new Error('a broken host')
  }
  if (typeof tree !== 'object' || tree === null) return
  if (tree instanceof Map) {
    if (fault === 'missing') tree.delete(key)
    else tree.set(key, fault === 'null' ? null : 'text')
  } else if (fault === 'missing') Reflect.deleteProperty(tree, key)
  else if (fault === 'throws') {
    Object.defineProperty(tree, key, { configurable: true, get: throwing })
  } else {
    const value =
      fault === 'throwing function' ? throwing : { null: null, text: 'text', number: 7 }[fault]
    Object.defineProperty(tree, key, { configurable: true, value })
  }
}

/** Every member on the ways to what we use, the branches too. */
const MEMBERS = [
  ...new Set(
    Object.keys(SHAPE).flatMap((path) => {
      const steps = path.split('.')
      return steps.map((_, index) => steps.slice(0, index + 1).join('.'))
    }),
  ),
]

let warn: MockInstance<typeof console.warn>
beforeEach(() => {
  registered = null
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  Reflect.set(window, '__COMFYUI_FRONTEND_VERSION__', '1.58.1')
})
afterEach(() => {
  Reflect.deleteProperty(window, '__COMFYUI_FRONTEND_VERSION__')
  document.head.replaceChildren()
})

describe('a boot', () => {
  it('registers with a host that has all we need, and says nothing', () => {
    boot(makeHost() as ComfyApp, ENTRY)
    expect(extension()?.name).toBe('ComfyUI.Credits')
    expect(warn).not.toHaveBeenCalled()
  })

  it('has its entry when the host tells of a stored login while we register', () => {
    const added: string[] = []
    const host = makeHost()
    put(host, 'ui.settings.addSetting', ({ id }: { id: string }) => added.push(id))
    put(host, 'extensionManager._p._s.get(auth).currentUser', { uid: 'u1' })
    put(host, 'registerExtension', (given: ComfyExtension) =>
      given.onAuthUserResolved?.({ id: 'u1' }),
    )
    boot(host as ComfyApp, ENTRY)
    expect(added).toContain('ComfyUICredits.Panel')
    expect(warn).not.toHaveBeenCalled()
  })

  it.each(['1.39.19', '0.9.0'])(
    'leaves frontend %s as it is and says why in one line',
    (version) => {
      Reflect.set(window, '__COMFYUI_FRONTEND_VERSION__', version)
      boot(makeHost() as ComfyApp, ENTRY)
      expect(registered).toBeNull()
      expect(warn).toHaveBeenCalledOnce()
      expect(warn.mock.calls[0]?.[0]).toContain(`${version} is older than 1.40`)
    },
  )

  it('throws into no host however broken, neither then nor at login and logout', () => {
    vi.useFakeTimers()
    const faults = fc.array(
      fc.record({ member: fc.constantFrom(...MEMBERS), fault: fc.constantFrom(...FAULTS) }),
      { minLength: 1, maxLength: 3 },
    )
    fc.assert(
      fc.property(faults, (broken) => {
        warn.mockClear()
        registered = null
        const host = makeHost()
        // Longest first: a member of what is already broken cannot be broken again.
        const inner = broken.toSorted((a, b) => b.member.length - a.member.length)
        for (const { member, fault } of inner) breakMember(host, member, fault)
        boot(host as ComfyApp, ENTRY)
        expect(warn.mock.calls.length).toBe(extension() ? 0 : 1)
        extension()?.onAuthUserResolved?.({ id: 'u1' })
        extension()?.onAuthUserLogout?.()
      }),
      { numRuns: 500 },
    )
    vi.clearAllTimers()
    vi.useRealTimers()
  })
})

describe('the table of capabilities', () => {
  const faults = MEMBERS.flatMap((member) => FAULTS.map((fault) => ({ member, fault })))

  it.each(faults.filter(({ fault }) => fault !== 'throwing function'))(
    'names $member where it is $fault',
    ({ member, fault }) => {
      const host = makeHost()
      breakMember(host, member, fault)
      const table = findCapabilities(host, '1.58.1')
      const reasons = table.flatMap(({ missing }) => missing ?? [])
      expect(reasons.join('\n')).toContain(`app.${member}`)
      const line = whatIsMissing(table)
      boot(host as ComfyApp, ENTRY)
      expect(registered === null).toBe(line !== null)
      expect(warn).toHaveBeenCalledTimes(line === null ? 0 : 1)
      expect(String(warn.mock.calls[0]?.[0] ?? '')).toContain(line ?? '')
    },
  )

  it('says where each was found', () => {
    const table = findCapabilities(makeHost(), '1.58.1')
    expect(table.every(({ found }) => found !== null)).toBe(true)
    expect(table.find(({ name }) => name === 'login')?.found).toBe(
      'app.extensionManager._p._s.get(auth).getUserAuthHeader',
    )
  })
})
