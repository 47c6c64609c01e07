/**
 * Stands in for `primevue/ripple` (alias in build/vue.ts), which buttons import though it draws
 * nothing unless `ripple` is set in PrimeVue's config, and which brings the base of all directives.
 */
export default {}
