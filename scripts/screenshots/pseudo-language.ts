import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'
import { compileTexts } from '../../build/compile-texts.ts'
import { DEVELOPMENT_PATH } from '../../build/return-page.ts'
import { pseudoTexts } from '../../tests/support/pseudo.ts'

/** The languages whose place they take: long texts run from left to right, and from right to left. */
const PSEUDO_AS: Readonly<Record<string, string>> = { pseudo: 'fr', 'pseudo-rtl': 'ar' }

const RETURN_TEXTS = /(data-texts>)(.*?)(<\/script>)/s

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
    transformIndexHtml: (html, { path }) =>
      path === DEVELOPMENT_PATH ? pseudoReturnPage(html, locale) : html,
  }
}

/** The page that a payment returns to has its texts in itself. */
export function pseudoReturnPage(html: string, locale: string): string {
  return html.replace(RETURN_TEXTS, (_, start: string, json: string, end: string) => {
    const texts: unknown = JSON.parse(json)
    if (!hasEnglish(texts)) throw new Error('The page that a payment returns to has no texts.')
    return start + JSON.stringify({ ...texts, [locale]: pseudoTexts(texts.en) }) + end
  })
}

const hasEnglish = (texts: unknown): texts is { readonly en: object } =>
  typeof texts === 'object' && texts !== null && 'en' in texts && typeof texts.en === 'object'
