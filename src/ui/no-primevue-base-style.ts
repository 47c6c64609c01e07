const nothing = (): object => ({})

/**
 * Stands in for `@primevue/core/base/style` (alias in build/vue.ts), of which every component's style
 * is made: its writers of CSS, which all end in a writer that writes nothing (no-host-styles.ts).
 */
const baseStyle = {
  name: 'base',
  classes: {},
  inlineStyles: {},
  load: nothing,
  loadCSS: nothing,
  loadStyle: nothing,
  getCommonTheme: nothing,
  getComponentTheme: nothing,
  getPresetTheme: nothing,
  getLayerOrderThemeCSS: () => '',
  extend: (style: object): object => ({ ...baseStyle, ...style }),
}

export default baseStyle
