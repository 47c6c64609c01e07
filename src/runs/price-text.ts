import {
  creditsFromUsdMicros,
  MAX_CREDITS,
  usdMicrosFromUsd,
} from '@comfyui-credits/contract/money'

/** What the text under an API node says. */
export interface NodeText {
  /** A request to the partner has just begun; later seconds of the same wait do not count. */
  readonly asks: boolean
  /** The call itself was answered. Any later status is the partner's, about its job. */
  readonly answers: boolean
  readonly credits: number | null
}

const STATUS_LINE = /^Status: ([^\n]{1,200})/
const PRICE_LINE =
  /^Price: (?:(\d[\d,]{0,15}(?:\.\d{1,6})?) credits?|\$(\d[\d,]{0,15}(?:\.\d{1,6})?))$/m
const JUST_BEGUN = /^Time elapsed: 0s$/m

/** Status texts are short, but the text of a local node can have any length. */
const MAX_TEXT = 2000

/**
 * Null when the text is not from an API node. The wording is that of ComfyUI 0.33; 0.3.64 gave the
 * price in dollars. There is no price line when the price is 0 or unknown.
 */
export function readNodeText(text: string): NodeText | null {
  const head = text.slice(0, MAX_TEXT)
  const status = STATUS_LINE.exec(head)?.[1]
  if (status === undefined) return null
  return {
    asks: status === 'Waiting for server' && JUST_BEGUN.test(head),
    answers: status === 'Completed',
    credits: priceIn(head),
  }
}

/** Null also for digits that cannot be a price. */
function priceIn(text: string): number | null {
  const [, credits, usd] = PRICE_LINE.exec(text) ?? []
  if (credits === undefined && usd === undefined) return null
  const price =
    credits === undefined
      ? creditsFromUsdMicros(usdMicrosFromUsd(numberOf(usd ?? '')))
      : numberOf(credits)
  return price <= MAX_CREDITS ? price : null
}

function numberOf(digits: string): number {
  return Number(digits.replaceAll(',', ''))
}
