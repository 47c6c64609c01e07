import { defineConfig } from 'vitest/config'
import { vueConfig } from './build/vue.ts'
import { behaviours } from './scripts/behaviours.ts'

/** The folders whose tests need no DOM. */
const logic = [
  'tests/contract/**/*.test.ts',
  'tests/src/{api,i18n,reconciliation,runs,texts}/**/*.test.ts',
  'tests/src/history/{*,list/*}.test.ts',
  'tests/src/purchase/amount/*.test.ts',
]

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
          include: logic,
          setupFiles: 'tests/src/support/patience.ts',
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'dom',
          environment: 'happy-dom',
          pool: 'threads',
          include: ['tests/src/**/*.test.ts'],
          exclude: logic,
          setupFiles: 'tests/src/support/patience.ts',
          testTimeout: 20_000,
          // PrimeVue must go through Vite, else the alias above does not reach it.
          server: { deps: { inline: [/primevue/, /@primevue/] } },
        },
      },
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['tests/{service,sandbox,scripts,bench,build}/**/*.test.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['tests/e2e/**/*.e2e.ts'],
          globalSetup: 'tests/e2e/support/seeded-data.ts',
          tags: behaviours.map(({ tag, label }) => ({ name: tag, description: label })),
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // A page mostly waits for a sandbox, and a sandbox for its page: two pairs fill two cores.
          maxWorkers: 2,
        },
      },
    ],
  },
})
