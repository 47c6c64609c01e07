import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import { compileTexts } from '../../build/compile-texts.ts'
import { pseudoTexts } from '../../tests/support/pseudo.ts'

/** The languages whose place they take: long texts run from left to right, and from right to left. */
const PSEUDO_AS: Readonly<Record<string, string>> = { pseudo: 'fr', 'pseudo-rtl': 'ar' }

export const isPseudo = (language: string): boolean => language in PSEUDO_AS

/** The language to ask the page for. */
export const localeOf = (language: string): string => PSEUDO_AS[language] ?? language

/** Serves every English text with strange letters, half as long again, in place of a language. */
export function pseudoLanguage(language: string): Plugin {
  const locale = localeOf(language)
  return {
    name: 'comfyui-credits:pseudo-language',
    load: {
      order: 'pre',
      filter: { id: new RegExp(`/locales/${locale}/[^/]+\\.json\\?compiled-texts$`) },
      handler(id) {
        const english = id.replace(`/locales/${locale}/`, '/locales/en/').replace(/\?.*$/, '')
        const texts: unknown = JSON.parse(readFileSync(english, 'utf8'))
        if (typeof texts !== 'object' || texts === null) throw new Error(`${english} has no texts.`)
        return `export default ${JSON.stringify(compileTexts(pseudoTexts(texts)))}`
      },
    },
  }
}
