import { creditsFromUsd } from '@comfyui-credits/contract/money'
import type { BadgeFormat, BadgeResult } from './badge.ts'

/** A price as ComfyUI draws it on the node, such as `~8.2 credits/Image`. */
export function labelOf(result: BadgeResult, locale = 'en'): string {
  if (result.kind === 'text') return result.text
  const { approximate, suffix, note } = result.format
  const amount = `${approximate ? '~' : ''}${amountOf(result, locale)} credits`
  return `${amount}${suffix ?? '/Run'}${note ? ` ${note}` : ''}`
}

function amountOf(result: Exclude<BadgeResult, { kind: 'text' }>, locale: string): string {
  switch (result.kind) {
    case 'usd':
      return credits(result.usd, locale)
    case 'range':
      return [...new Set([credits(result.minUsd, locale), credits(result.maxUsd, locale)])].join(
        '-',
      )
    case 'list':
      return result.usd.map((usd) => credits(usd, locale)).join(separatorOf(result.format))
  }
}

const separatorOf = ({ separator }: BadgeFormat): string => separator ?? '/'

/** One decimal, unless it is zero. */
function credits(usd: number, locale: string): string {
  const amount = creditsFromUsd(usd)
  const isWhole = Math.round(amount * 10) % 10 === 0
  return numberFormat(locale, isWhole ? 0 : 1).format(amount)
}

/** Making one takes as long as evaluating a price list. */
const numberFormats = new Map<string, Intl.NumberFormat>()

function numberFormat(locale: string, decimals: 0 | 1): Intl.NumberFormat {
  const key = `${locale} ${decimals}`
  const known = numberFormats.get(key)
  if (known) return known
  const options = { minimumFractionDigits: 0, maximumFractionDigits: decimals }
  const format = new Intl.NumberFormat(locale, options)
  numberFormats.set(key, format)
  return format
}
