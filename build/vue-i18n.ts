import type { Plugin } from 'vite'

const WHOLE_OF_VUE = /import \* as Vue from 'vue';/
const WHAT_IT_USES = `import { getCurrentInstance as currentInstanceOfVue } from 'vue';
const Vue = { getCurrentInstance: currentInstanceOfVue };`

/**
 * vue-i18n imports all of Vue to look up an export by its name ("currentInstance", which only Vue 3.6
 * has). So a bundler must keep every export: server-side rendering, transitions, and with Vue 3.6 the
 * Vapor runtime. This gives it only the function that it falls back to.
 */
export function slimVueI18n(): Plugin {
  return {
    name: 'comfyui-credits:slim-vue-i18n',
    apply: 'build',
    transform: {
      filter: { id: /[\\/]vue-i18n[\\/]dist[\\/][^\\/]+\.m?js$/ },
      handler(code) {
        if (!WHOLE_OF_VUE.test(code)) {
          this.error(
            'vue-i18n imports Vue in another way than build/vue-i18n.ts knows: look again.',
          )
        }
        return { code: code.replace(WHOLE_OF_VUE, WHAT_IT_USES), map: null }
      },
    },
  }
}
