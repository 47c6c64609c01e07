const credits = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })

/**
 * The text under an API node, as ComfyUI 0.33 words it. `price` in credits; a price of 0 or none
 * leaves its line out. `seconds` are whole seconds since the call began.
 */
export function statusText(status: string, price: number | null, seconds: number): string {
  const shownPrice = price === null ? '0' : credits.format(price)
  const priceLine = shownPrice === '0' ? [] : [`Price: ${shownPrice} credits`]
  return [`Status: ${status}`, ...priceLine, `Time elapsed: ${seconds}s`].join('\n')
}
