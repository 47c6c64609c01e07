import { creditsFromUsd } from '@comfyui-credits/contract/money'
import type { Priced } from './merge-results.ts'

/** What ComfyUI takes for a second of the machines in its own cloud. */
const CREDITS_PER_SECOND = 0.273245
const TOLERANCE = 0.001

/**
 * The price of a second of the machine that a node runs on: by its unit, or by the rate itself. Null
 * of all else, such as a price by the seconds of a video.
 */
export function gpuRateOf(result: Priced): number | null {
  if (result.kind !== 'usd') return null
  const unit = (result.format.suffix ?? '').trim().toLowerCase()
  if (/^\/ ?gpu[ -]?s(ec(ond)?s?)?$/.test(unit)) return result.usd
  const isRate = Math.abs(creditsFromUsd(result.usd) / CREDITS_PER_SECOND - 1) < TOLERANCE
  return /^\/ ?s(ec(ond)?s?)?$/.test(unit) && isRate ? result.usd : null
}
