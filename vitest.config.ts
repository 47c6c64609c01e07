import process from 'node:process'
import { defineConfig } from 'vitest/config'
import { vueConfig } from './build/vue.ts'
import { behaviours } from './scripts/behaviours.ts'

/** What needs no DOM. The test of a view is called as the view, with a capital, and needs one. */
const logic = [
  'tests/contract/**/*.test.ts',
  'tests/src/{api,i18n,reconciliation,runs,texts}/**/*.test.ts',
  'tests/src/estimate/[a-z]*.test.ts',
  'tests/src/guard/[a-z]*.test.ts',
  'tests/src/history/{[a-z]*,list/[a-z]*}.test.ts',
  'tests/src/{limits,reservations}/[a-z]*.test.ts',
  'tests/src/overview/[a-z]*.test.ts',
  'tests/src/purchase/amount/[a-z]*.test.ts',
]

/** Some tests try forty times as much with FULL=1, and machines differ by a factor of two. */
const testTimeout = process.env['FULL'] === '1' ? 120_000 : 20_000

/** A file's hooks load what its tests need, which a busy machine compiles for longer than they run. */
const HOOK_TIMEOUT = 60_000

export default defineConfig({
  ...vueConfig,
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'logic',
          environment: 'node',
          // Cheaper to start than processes, and daily work waits for it.
          pool: 'threads',
          // These files share no state, so one worker loads a module once for all of them.
          isolate: false,
          // After one another: a worker goes on only to a file of its own project.
          sequence: { groupOrder: 0 },
          include: logic,
          setupFiles: 'tests/src/support/patience.ts',
          testTimeout,
          hookTimeout: HOOK_TIMEOUT,
        },
      },
      {
        extends: true,
        test: {
          name: 'dom',
          environment: 'happy-dom',
          pool: 'threads',
          // A DOM and a panel's modules take longer to load than most files to run.
          isolate: false,
          sequence: { groupOrder: 1 },
          include: ['tests/src/**/*.test.ts'],
          exclude: logic,
          setupFiles: ['tests/src/support/patience.ts', 'tests/src/support/clean-up.ts'],
          testTimeout,
          hookTimeout: HOOK_TIMEOUT,
          // PrimeVue must go through Vite, else vueConfig's alias does not reach it.
          server: { deps: { inline: [/primevue/, /@primevue/] } },
        },
      },
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['tests/{service,sandbox,scripts,bench,build}/**/*.test.ts'],
          // PGlite is WebAssembly, and a file of tests never earns back the time to optimise it.
          execArgv: ['--liftoff-only'],
          testTimeout,
          hookTimeout: HOOK_TIMEOUT,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['tests/e2e/**/*.e2e.ts'],
          globalSetup: 'tests/e2e/support/global-setup.ts',
          tags: behaviours.map(({ tag, label }) => ({ name: tag, description: label })),
          // Some tests open ComfyUI three times, for which a slow machine takes half a minute each.
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each file has a sandbox and people of its own, and their browser serves one after the other.
          isolate: false,
          // A page mostly waits for a sandbox, and a sandbox for its page: two pairs fill two cores.
          maxWorkers: 2,
        },
      },
    ],
  },
})
