import { describe, expect, it } from 'vitest'
import { languages } from '../../../build/languages.ts'
import { files, holes, texts } from '../../support/locales.ts'
import { literals, literalsOf, sourceOf, templateWords } from './support/sources.ts'

const NAMESPACE = 'comfyuiCredits.'
const OF_THE_HOST = 'settingsCategories.'

const english = new Map(
  [
    'main.json',
    'guard.json',
    'history.json',
    'limits.json',
    'overview.json',
    'purchase.json',
  ].flatMap((file) => [...texts('en', file)]),
)
const keys = [...english.keys()]
  .filter((key) => key.startsWith(NAMESPACE))
  .map((key) => key.slice(NAMESPACE.length))
const groups = new Set(keys.map((key) => key.split('.')[0]))
const all = literals()

const KEY = /^[a-z][A-Za-z]*\.[A-Za-z-]+$/
/** Two words with a space between them, or a capital at the start of a word of some length. */
const PROSE = /\p{L}{2,},? \p{L}{2,}|^\p{Lu}\p{Ll}{4,}[.!?…]?$/u
/** What the code needs by name and nobody reads: headers, keys, what ComfyUI's nodes and errors say. */
const NAMES = new Set([
  '<!doctype html>',
  'Authorization',
  'Completed',
  'Ends With',
  'Equal',
  'Escape',
  'Payment Required',
  'Reroute',
  'Starts With',
  'Unauthorized',
  'Waiting for server',
])
/** ComfyUI wants a setting's and a command's English name in code, and has the rest from our files. */
const OF_COMFYUI = /^(host[\\/]|boot\.ts$)/

describe('a text', () => {
  it('that the code asks for is there', () => {
    const asked = all.filter(
      ({ text, open }) => !open && KEY.test(text) && groups.has(text.split('.')[0]),
    )
    expect(asked.length).toBeGreaterThan(50)
    expect(asked.filter(({ text }) => !keys.includes(text))).toEqual([])
  })

  it('that is there is asked for', () => {
    const asked = new Set(all.filter(({ open }) => !open).map(({ text }) => text))
    const begun = all.filter(({ text, open }) => open && /^[a-z]\w*\.$/i.test(text))
    const unused = keys.filter(
      (key) => !asked.has(key) && !begun.some(({ text }) => key.startsWith(text)),
    )
    expect(unused).toEqual([])
    const strange = [...english.keys()].filter(
      (key) => !key.startsWith(NAMESPACE) && !key.startsWith(OF_THE_HOST),
    )
    expect(strange).toEqual([])
  })

  it('stands in no template', () => {
    expect(templateWords()).toEqual([])
  })

  it('stands in no code, but for errors that programmers read', () => {
    const prose = all.filter(
      ({ file, text, inError }) =>
        !inError && PROSE.test(text) && !NAMES.has(text) && !OF_COMFYUI.test(file),
    )
    expect(prose).toEqual([])
  })

  it('would be found by this test', () => {
    const component = sourceOf(
      'Bad.vue',
      `<script setup lang="ts">const hint = 'Nothing to see'</script>
       <template><p title="Hello">Buy now {{ ready ? 'All done' : t('buy.buy') }}</p></template>`,
    )
    expect(component.words).toEqual(['Hello', 'Buy now'])
    const found = [component.code, ...component.expressions].flatMap((code) =>
      literalsOf('Bad.vue', code).map(({ text }) => text),
    )
    expect(found).toEqual(['Nothing to see', 'All done', 'buy.buy'])
    expect(found.filter((text) => PROSE.test(text))).toEqual(['Nothing to see', 'All done'])
  })
})

describe.each(languages().filter((language) => language !== 'en'))('%s', (language) => {
  it('has the files that English has', () => {
    expect(files(language)).toEqual(files('en'))
  })

  it.each(files('en'))('says all of %s, with the same holes and in forms of its own', (file) => {
    const own = texts(language, file)
    const theirs = texts('en', file)
    expect([...own.keys()]).toEqual([...theirs.keys()])
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.length
    const bad = [...theirs].filter(([key, text]) => {
      const translated = own.get(key) ?? ''
      const expectedForms = text.includes(' | ') ? forms : 1
      return (
        translated.trim() === '' ||
        holes(translated).join(' ') !== holes(text).join(' ') ||
        translated.split(' | ').length !== expectedForms
      )
    })
    expect(bad).toEqual([])
  })
})
