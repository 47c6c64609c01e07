/**
 * Stands in for the arrows of PrimeVue's tab list (alias in build/vue.ts), which it imports and which
 * are only drawn with `show-navigators`.
 */
export default { render: (): null => null }
