import 'vue'

declare module 'vue' {
  /** `data-*` on an element is always allowed; vue-tsc's strict templates do not know that. */
  interface HTMLAttributes {
    [attribute: `data-${string}`]: string | number | undefined
  }
}
