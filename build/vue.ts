import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import type { UserConfig } from 'vite'
import { compiledTexts } from './compiled-texts.ts'
import { languages } from './languages.ts'
import { slimVueI18n } from './vue-i18n.ts'

/** What the build, the development page and the tests share, so that all show the same panel. */
export const vueConfig = {
  plugins: [vue(), compiledTexts(), slimVueI18n()],
  resolve: {
    alias: [
      // PrimeVue writes <style> tags into the host's document even when unstyled, over the host's
      // own PrimeVue (ComfyUI ≤ 1.50). This replaces its style writer with one that writes nothing.
      {
        find: /^@primevue\/core\/usestyle$/,
        replacement: fileURLToPath(new URL('../src/ui/no-host-styles.ts', import.meta.url)),
      },
      {
        find: /^@primeuix\/styles\/.+$/,
        replacement: fileURLToPath(new URL('../src/ui/no-primevue-css.ts', import.meta.url)),
      },
      {
        find: /^@primeuix\/styled$/,
        replacement: fileURLToPath(new URL('../src/ui/no-primevue-theme.ts', import.meta.url)),
      },
      {
        find: /^@primevue\/core\/base\/style$/,
        replacement: fileURLToPath(new URL('../src/ui/no-primevue-base-style.ts', import.meta.url)),
      },
      {
        find: /^primevue\/ripple$/,
        replacement: fileURLToPath(new URL('../src/ui/no-ripple.ts', import.meta.url)),
      },
      {
        find: /^@primevue\/icons\/chevron(?:left|right)$/,
        replacement: fileURLToPath(new URL('../src/ui/no-icon.ts', import.meta.url)),
      },
    ],
  },
  define: {
    LANGUAGES_OF_LOCALES: JSON.stringify(languages()), // src/i18n/languages.ts
    __VUE_OPTIONS_API__: 'true', // PrimeVue's components use it
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true', // ./compiled-texts.ts compiles them
  },
} satisfies UserConfig
