const nothing = (): void => undefined
const noCss = (): string => ''

/**
 * Stands in for `@primeuix/styled` (alias in build/vue.ts): PrimeVue's themes, which an unstyled
 * PrimeVue imports and never shows. Only what it calls even then is here.
 */
export const ThemeService = { on: nothing, off: nothing, clear: nothing }
export const Theme = { setTheme: nothing, isStyleNameLoaded: () => true }
export const css = noCss
export const dt = noCss
