import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import type { Plugin } from 'vite'
import { compileTexts } from '../../build/compile-texts.ts'
import { pseudoTexts } from '../../tests/support/pseudo.ts'

/** The language whose place it takes: its texts are long then, and run from right to left. */
export const PSEUDO_AS = 'ar'
const TEXTS = new RegExp(`/locales/${PSEUDO_AS}/[^/]+\\.json\\?compiled-texts$`)

/** Serves every English text with strange letters, half as long again, in place of a language. */
export function pseudoLanguage(): Plugin {
  return {
    name: 'comfyui-credits:pseudo-language',
    load: {
      order: 'pre',
      filter: { id: TEXTS },
      handler(id) {
        const english = id.replace(`/locales/${PSEUDO_AS}/`, '/locales/en/').replace(/\?.*$/, '')
        const texts: unknown = JSON.parse(readFileSync(english, 'utf8'))
        if (typeof texts !== 'object' || texts === null) throw new Error(`${english} has no texts.`)
        return `export default ${JSON.stringify(compileTexts(pseudoTexts(texts)))}`
      },
    },
  }
}

/** Texts of the pseudo-language that are cut on the screen, with an ellipsis or without one. */
export function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.comfyui-credits *')].flatMap((element) => {
      const { overflowX, overflowY, display } = getComputedStyle(element)
      const isHidden = element.closest('.cc-hidden-text, svg, style') !== null
      const says = [...element.childNodes].some(
        (node) => node instanceof Text && node.data.includes('⟦'),
      )
      if (isHidden || !says || display === 'inline' || element.clientWidth <= 1) return []
      const isCut =
        (overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1) ||
        (overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1)
      return isCut ? `${element.tagName} ${element.className}: ${element.textContent}` : []
    }),
  )
}
