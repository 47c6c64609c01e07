import type { BadgeFailure } from './badge-questions.ts'

/** Why a price is not known before the run. */
export type Reason =
  | { readonly code: 'no-price-badge' }
  | { readonly code: 'badge-not-understood' }
  /** The node's price list has words instead of a price. */
  | { readonly code: 'text-only' }
  /** Another node sets a widget that the price depends on. */
  | { readonly code: 'widget-from-node'; readonly widget: string; readonly nodeId: string }
  /** A newer model, for example. */
  | { readonly code: 'value-not-offered'; readonly widget: string; readonly value: string }
  | { readonly code: 'saved-by-other-version' }
  | { readonly code: 'empty-text'; readonly widget: string }
  /** The price is for a unit, such as `/second`. */
  | { readonly code: 'quantity-unknown'; readonly unit: string }
  | { readonly code: 'list-length-unknown' }
  | { readonly code: `expression-${BadgeFailure}` }
