import { defineConfig } from 'vite'
import { withoutUnusedAxios } from './build/axios.ts'
import { mswWorker } from './build/msw-worker.ts'
import { returnPage } from './build/return-page.ts'
import { embeddedPage } from './build/embedded-page.ts'
import { vueConfig } from './build/vue.ts'

/** ComfyUI imports every `*.js` below the web directory at boot, so all but the entry is `.mjs`. */
const ENTRY = 'credits'
const CHUNKS = 'chunks/[name]-[hash].mjs'

/** The page a payment returns to needs these and nothing else that the panel is made of. */
const RETURN_PAGE =
  /[\\/]src[\\/](i18n[\\/]closest-language|purchase[\\/]engine[\\/]return-channel)/

const SHARED =
  /[\\/]src[\\/](context|i18n[\\/](?!other-languages)|session|billing-account[\\/](?!follow-changes)|account-events|composables[\\/]when-idle|balance[\\/](store|balance)|history[\\/]store\.ts|runs[\\/]store\.ts|purchase[\\/]use-popup|ui[\\/](shown-text|CcIcon))/

export default defineConfig(({ command }) => ({
  plugins: [...vueConfig.plugins, withoutUnusedAxios(), mswWorker(), returnPage(), embeddedPage()],
  resolve: vueConfig.resolve,
  define: {
    ...vueConfig.define,
    // Vite's library mode leaves this to the user's bundler; a ComfyUI page has none.
    ...(command === 'build' ? { 'process.env.NODE_ENV': '"production"' } : {}),
  },
  // Relative: the folder's name differs between installations.
  base: './',
  // public/ is the development page's.
  publicDir: command === 'serve' ? 'public' : false,
  // Vite does not look into a worker for what it imports. Found once the page is there, it would bundle
  // all dependencies again, and a page that may not reload would have Vue twice, or hang.
  optimizeDeps: { entries: ['index.html', 'src/**/*-worker.ts'] },
  build: {
    outDir: 'dist',
    target: 'es2022',
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
    // Their licences ask to be with every copy of what is bundled.
    license: { fileName: 'third-party-licenses.md' },
    lib: {
      entry: {
        [ENTRY]: 'src/main.ts',
        return: 'src/purchase/return/return.ts',
        embedded: 'src/purchase/embedded/embedded.ts',
      },
      formats: ['es'],
    },
    rolldownOptions: {
      // Advice about plugins' speed, which a slow machine would read at every start.
      checks: { pluginTimings: false },
      // A schema that only the service reads does nothing by being made.
      treeshake: { manualPureFunctions: ['z'] },
      output: {
        entryFileNames: (chunk) => (chunk.name === ENTRY ? '[name].js' : '[name].mjs'),
        chunkFileNames: CHUNKS,
        // Library mode keeps white space in ES output without this.
        minify: true,
        // The panel and its lazy parts share these. Each set of parts would else have a chunk of
        // its own, which costs more than the modules in it.
        codeSplitting: {
          groups: [
            { name: 'return-page', test: RETURN_PAGE, priority: 1 },
            { name: 'shared', test: SHARED },
          ],
        },
      },
    },
  },
  worker: {
    format: 'es',
    rolldownOptions: { output: { entryFileNames: CHUNKS, chunkFileNames: CHUNKS } },
  },
}))
