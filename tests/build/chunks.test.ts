import { build, parseAst, type Rolldown } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'

let chunks: Rolldown.OutputChunk[]
beforeAll(async () => {
  const built = await build({ logLevel: 'warn', build: { write: false } })
  chunks = [built].flat().flatMap((result) => {
    if (!('output' in result)) throw new Error('This build watches.')
    return result.output.filter((part) => part.type === 'chunk')
  })
})

const modules = (path: string) =>
  chunks.flatMap((chunk) =>
    Object.entries(chunk.modules).flatMap(([id, module]) =>
      id.replaceAll('\\', '/').includes(`/node_modules/${path}`) ? module : [],
    ),
  )
const exportsOf = (path: string) => modules(path).flatMap((module) => module.renderedExports)

describe('the build leaves out', () => {
  it('what nobody uses of Vue: if it is back, build/vue-i18n.ts no longer reaches vue-i18n', () => {
    const used = exportsOf('@vue/')
    expect(used).toContain('createVNode')
    const unused = ['createSSRApp', 'createHydrationRenderer', 'TransitionGroup', 'KeepAlive']
    expect(unused.filter((name) => used.includes(name))).toEqual([])
  })

  it('the Vapor runtime of Vue 3.6, which vue-i18n’s import of all of Vue would bring', () => {
    expect(modules('vue/dist/vue.runtime-with-vapor')).toEqual([])
    expect(modules('@vue/runtime-vapor/')).toEqual([])
  })

  it('vue-i18n’s compiler: the texts are compiled, by build/compiled-texts.ts', () => {
    expect(exportsOf('@intlify/core-base/')).toContain('compile')
    expect(exportsOf('@intlify/message-compiler/')).not.toContain('baseCompile')
  })

  it('PrimeVue’s themes and ripple, which build/vue.ts replaces', () => {
    expect(modules('primevue/button/')).not.toEqual([])
    const unused = ['@primeuix/styled/', 'primevue/ripple/', '@primevue/core/basedirective/']
    expect(unused.flatMap(modules)).toEqual([])
  })
})

it('the build has no axios adapter but the one that every request names', () => {
  expect(modules('axios/lib/adapters/fetch.js')).not.toEqual([])
  expect(modules('axios/lib/adapters/xhr.js')).toEqual([])
})

describe('the languages', () => {
  it('but English, and where their texts are, are loaded on demand only', () => {
    const isOther = (id: string) => /[\\/]locales[\\/](?!en[\\/])|other-languages/.test(id)
    const others = chunks.filter(({ moduleIds }) => moduleIds.some(isOther))
    expect(others.length).toBeGreaterThan(4)
    expect(others.flatMap(({ moduleIds }) => moduleIds).filter((id) => !isOther(id))).toEqual([])
    const names = new Set(others.map(({ fileName }) => fileName))
    expect(chunks.flatMap(({ imports }) => imports).filter((name) => names.has(name))).toEqual([])
  })
})

describe('the page that payments return to', () => {
  it('loads nothing of the panel', () => {
    const page = chunks.find(({ fileName }) => fileName === 'return.mjs')
    const loaded = chunks.filter(({ fileName }) => page?.imports.includes(fileName))
    expect(loaded.length).toBe(page?.imports.length)
    const libraries = loaded.flatMap(({ moduleIds }) =>
      moduleIds.filter((id) => id.includes('node_modules')),
    )
    expect(libraries).toEqual([])
    expect(loaded.flatMap(({ imports }) => imports)).toEqual([])
  })
})

describe('code made of text, which a Content-Security-Policy may refuse', () => {
  it('is nowhere', () => {
    const makers = chunks.flatMap(({ fileName, code }) =>
      codeMakers(parseAst(code)).map((name) => `${fileName}: ${name}`),
    )
    expect(makers).toEqual([])
  })

  it('would be found', () => {
    const code = 'eval("1"); new Function("1"); const F = Function; F("1"); setTimeout("1")'
    expect(codeMakers(parseAst(code))).toEqual(['eval', 'Function', 'Function', 'setTimeout'])
    const harmless = 'const kind = { type: Function }; Function.prototype; setTimeout(() => {}, 1)'
    expect(codeMakers(parseAst(harmless))).toEqual([])
  })
})

/** Names of what makes code of text; a value that only says "some function" is none. */
function codeMakers(node: unknown, parent: unknown = null): string[] {
  if (typeof node !== 'object' || node === null) return []
  const below = Object.values(node).flatMap((value) => codeMakers(value, node))
  return [...makerOf(node, parent), ...below]
}

function makerOf(node: object, parent: unknown): string[] {
  const { type, name } = node as { type?: string; name?: string }
  if (type !== 'Identifier' || name === undefined) return []
  const user = parent as Record<string, unknown> & { type?: string }
  const called = user.type === 'CallExpression' && user['callee'] === node
  const timed = called && /^set(Timeout|Interval)$/.test(name) && isText(user['arguments'])
  const made = user.type === 'NewExpression' && user['callee'] === node
  const renamed = user.type === 'VariableDeclarator' && user['init'] === node
  const makes =
    name === 'eval' ? called || renamed : name === 'Function' && (called || made || renamed)
  return makes || timed ? [name] : []
}

const isText = (args: unknown) =>
  Array.isArray(args) && ['Literal', 'TemplateLiteral'].includes(args[0]?.type)
