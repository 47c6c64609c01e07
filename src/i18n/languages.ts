import type guard from '../../locales/en/guard.json'
import type history from '../../locales/en/history.json'
import type limits from '../../locales/en/limits.json'
import english from '../../locales/en/main.json' with { type: 'json' }
import type overview from '../../locales/en/overview.json'
import type purchase from '../../locales/en/purchase.json'
import { closestOf, FALLBACK_LANGUAGE } from './closest-language.ts'

declare const LANGUAGES_OF_LOCALES: string[]

/** Those that locales/ has a folder of; the build puts their names here (build/languages.ts). */
export const languages: string[] = LANGUAGES_OF_LOCALES

export type Messages = typeof english

/** Texts of parts that are loaded when they are needed: not ComfyUI's files, and ours alone. */
export interface PartMessages {
  readonly guard: typeof guard
  readonly history: typeof history
  readonly limits: typeof limits
  readonly overview: typeof overview
  readonly purchase: typeof purchase
}

export type TextPart = keyof PartMessages
export type TextFile = 'main' | TextPart

/** Apart from those of other languages, as English is the fallback of all. */
export const englishParts: { [Part in TextPart]: () => Promise<{ default: PartMessages[Part] }> } =
  {
    guard: () => import('../../locales/en/guard.json'),
    history: () => import('../../locales/en/history.json'),
    limits: () => import('../../locales/en/limits.json'),
    overview: () => import('../../locales/en/overview.json'),
    purchase: () => import('../../locales/en/purchase.json'),
  }

/** The texts of a file. English's `main` comes with the panel. */
export async function loadTexts(language: string, file: TextFile): Promise<object> {
  if (language === FALLBACK_LANGUAGE)
    return file === 'main' ? english : (await englishParts[file]()).default
  return (await import('./other-languages.ts')).loadOther(language, file)
}

/** The language we have for a BCP 47 tag. */
export function closestLanguage(locale: string): string {
  return closestOf(languages, locale)
}

/** CLDR's order: the forms of a text, parted by `|`, are those that its language has of these. */
const PLURAL_ORDER: readonly Intl.LDMLPluralRule[] = ['zero', 'one', 'two', 'few', 'many', 'other']

/** Which of a text's forms a number takes, from 0. A text with fewer forms ends with its last. */
export function pluralForm(language: string, count: number, forms: number): number {
  const { rules, categories } = rulesOf(language)
  return Math.min(categories.indexOf(rules.select(count)), forms - 1)
}

interface PluralForms {
  readonly rules: Intl.PluralRules
  readonly categories: readonly Intl.LDMLPluralRule[]
}

const pluralForms = new Map<string, PluralForms>()

/** Cached: a list needs them at each of its lines, and they are slow to make. */
function rulesOf(language: string): PluralForms {
  const known = pluralForms.get(language)
  if (known) return known
  const rules = new Intl.PluralRules(language)
  const { pluralCategories } = rules.resolvedOptions()
  const categories = PLURAL_ORDER.filter((category) => pluralCategories.includes(category))
  const made = { rules, categories }
  pluralForms.set(language, made)
  return made
}
