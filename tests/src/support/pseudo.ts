import { compileTexts } from '../../../build/compile-texts.ts'
import history from '../../../locales/en/history.json' with { type: 'json' }
import english from '../../../locales/en/main.json' with { type: 'json' }
import overview from '../../../locales/en/overview.json' with { type: 'json' }
import purchase from '../../../locales/en/purchase.json' with { type: 'json' }
import { languages } from '../../../src/i18n/languages.ts'
import { loaders } from '../../../src/i18n/other-languages.ts'

/** As Chrome and Android call theirs: Arabic script, so right to left. */
export const PSEUDO = 'ar-XB'

const LONGER = 0.4
const LETTERS: Readonly<Record<string, string>> = {
  a: 'à',
  e: 'ë',
  i: 'ï',
  o: 'ö',
  u: 'ü',
  c: 'ç',
  n: 'ñ',
  y: 'ÿ',
  A: 'Å',
  B: 'ß',
  C: 'Ç',
  N: 'Ñ',
  P: 'Þ',
}

/** English in brackets with strange letters, 40 % longer: whatever has no brackets is hard-coded. */
export function pseudo(text: string): string {
  return text
    .split(' | ')
    .map((form) => {
      // Holes stay as they are.
      const strange = form.replace(/\{\w+\}|\p{L}/gu, (part) => LETTERS[part] ?? part)
      return `⟦${strange}${'~'.repeat(Math.ceil(form.length * LONGER))}⟧`
    })
    .join(' | ')
}

function pseudoTexts<T extends object>(texts: T): T {
  const entries = Object.entries(texts).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string'
      ? pseudo(value)
      : pseudoTexts(typeof value === 'object' && value !== null ? value : {}),
  ])
  return Object.fromEntries(entries)
}

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
