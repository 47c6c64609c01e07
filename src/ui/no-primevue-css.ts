/**
 * Stands in for every `@primeuix/styles/<component>` (alias in build/vue.ts): the CSS of PrimeVue's
 * components, which nobody would write (no-host-styles.ts), and which weighs more than they do.
 */
export const style = ''
