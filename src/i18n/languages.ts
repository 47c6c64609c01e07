import type guard from '../../locales/en/guard.json'
import type history from '../../locales/en/history.json'
import type english from '../../locales/en/main.json'
import type overview from '../../locales/en/overview.json'
import type purchase from '../../locales/en/purchase.json'
import { closestOf, FALLBACK_LANGUAGE } from './closest-language.ts'

/**
 * The languages of the panel beside English, which comes with it: it is the fallback, and 3 kB. The
 * others are chunks of their own. The files are ComfyUI's convention for a custom node
 * (`locales/<language>/main.json`).
 */
export const loaders: Readonly<Record<string, () => Promise<{ readonly default: Messages }>>> = {
  zh: () => import('../../locales/zh/main.json'),
}

export type Messages = typeof english

/** Texts of parts that are loaded when they are needed: not ComfyUI's files, and ours alone. */
export const partLoaders = {
  guard: {
    [FALLBACK_LANGUAGE]: () => import('../../locales/en/guard.json'),
    zh: () => import('../../locales/zh/guard.json'),
  },
  history: {
    [FALLBACK_LANGUAGE]: () => import('../../locales/en/history.json'),
    zh: () => import('../../locales/zh/history.json'),
  },
  overview: {
    [FALLBACK_LANGUAGE]: () => import('../../locales/en/overview.json'),
    zh: () => import('../../locales/zh/overview.json'),
  },
  purchase: {
    [FALLBACK_LANGUAGE]: () => import('../../locales/en/purchase.json'),
    zh: () => import('../../locales/zh/purchase.json'),
  },
} as const satisfies {
  [Part in keyof PartMessages]: Readonly<
    Record<string, () => Promise<{ readonly default: PartMessages[Part] }>>
  >
}

export interface PartMessages {
  readonly guard: typeof guard
  readonly history: typeof history
  readonly overview: typeof overview
  readonly purchase: typeof purchase
}

/** The language we have for a BCP 47 tag. */
export function closestLanguage(locale: string): string {
  return closestOf([FALLBACK_LANGUAGE, ...Object.keys(loaders)], locale)
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
