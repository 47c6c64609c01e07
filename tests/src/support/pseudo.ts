import { compileTexts } from '../../../build/compile-texts.ts'
import history from '../../../locales/en/history.json' with { type: 'json' }
import english from '../../../locales/en/main.json' with { type: 'json' }
import overview from '../../../locales/en/overview.json' with { type: 'json' }
import purchase from '../../../locales/en/purchase.json' with { type: 'json' }
import { languages } from '../../../src/i18n/languages.ts'
import { loaders } from '../../../src/i18n/other-languages.ts'
import { PSEUDO, pseudoTexts } from '../../support/pseudo.ts'

/** Lets the panel speak it, as the host's `Comfy.Locale` would ask for. */
export function teachPseudo(): void {
  const files = { main: english, history, overview, purchase }
  for (const [file, texts] of Object.entries(files)) {
    loaders[`${PSEUDO}/${file}`] = () => Promise.resolve(compileTexts(pseudoTexts(texts)))
  }
  if (!languages.includes(PSEUDO)) languages.push(PSEUDO)
}

const SPOKEN = ['aria-label', 'title', 'placeholder', 'aria-valuetext']

/** What can be read or heard below `root` that comes neither from our texts nor from `data`. */
export function untranslated(root: ParentNode, data: RegExp): string[] {
  const elements = [...root.querySelectorAll('*')].filter(
    (element) => !element.closest('style, time'), // times are Intl's words
  )
  const heard = elements.flatMap((element) => [
    ...SPOKEN.map((name) => element.getAttribute(name)),
    ...[...element.childNodes].map((node) => (node instanceof Text ? node.data : null)),
  ])
  return heard.flatMap((text) => {
    const rest = text?.replaceAll(/⟦[^⟧]*⟧/g, '').replaceAll(data, '') ?? ''
    return /\p{L}/u.test(rest) ? [rest.trim()] : []
  })
}
