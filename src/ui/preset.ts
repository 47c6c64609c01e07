import type { PrimeVuePTOptions } from 'primevue/config'

/** PrimeVue's parts get our class names and nothing else; theme.css says what they look like. */
export const preset: PrimeVuePTOptions = {
  button: {
    root: ({ props }) => ({
      class: [
        'cc-button',
        props.link
          ? 'cc-button-link'
          : props.severity === 'secondary'
            ? 'cc-button-quiet'
            : 'cc-button-primary',
        { 'cc-button-icon': props.text, 'cc-button-busy': props.loading },
      ],
    }),
    label: 'cc-button-label',
    loadingIcon: 'cc-spin',
  },
  inputtext: { root: 'cc-input' },
  skeleton: { root: 'cc-skeleton' },
  toggleswitch: {
    root: 'cc-switch',
    input: 'cc-switch-input',
    slider: 'cc-switch-track',
    handle: 'cc-switch-thumb',
  },
  tabs: { root: 'cc-tabs' },
  tablist: { root: 'cc-tablist', tabList: 'cc-tablist-tabs', activeBar: 'cc-tablist-bar' },
  tab: { root: 'cc-tab' },
  tabpanel: { root: 'cc-tabpanel' },
}
