/** Bounds and presets of a top-up in whole US dollars, as ComfyUI's own purchase has them. */
export const TOP_UP_MIN_USD = 5
export const TOP_UP_MAX_USD = 10_000
export const TOP_UP_PRESETS_USD = [10, 25, 50, 100] as const
