/**
 * The direction of imports, as lint rules. One list orders the folders of `src`. A test fails until a
 * new folder is in it.
 */

/** Each folder imports only from those below it. */
export const ORDER = [
  'panel',
  'scripting',
  'about',
  'overview',
  'run-status',
  'guard',
  'limits',
  'purchase',
  'live-updates',
  'history',
  'reservations',
  'estimate',
  'run-archive',
  'reconciliation',
  'runs',
  'account-events',
  'balance',
  'billing-account',
  'session',
  'ui',
  'i18n',
  'storage',
  'composables',
  'api',
  'host',
]

/** What each folder may not import: the packages meet in the contract. */
const PACKAGES = {
  contract: ['src', 'service', 'sandbox', 'scripts', 'build', 'tests', 'bench'],
  service: ['src', 'sandbox', 'scripts', 'build', 'tests', 'bench'],
  sandbox: ['src', 'service', 'scripts', 'tests', 'bench'],
  'sandbox/panel': ['service', 'scripts', 'tests', 'bench'],
  src: ['contract', 'service', 'sandbox', 'scripts', 'build', 'tests', 'bench'],
}

const outside = (names) => ({
  regex: `^\\.[./]*/(${names.join('|')})/`,
  message: 'Another package: meet it in @comfyui-credits/contract (build/boundaries.mjs).',
})

/** npm links every workspace into the root's node_modules, so package names need a rule too. */
const contractOnly = {
  regex: '^@comfyui-credits/(?:service|sandbox)(?:/|$)',
  message: 'The extension, the service and the contract share only @comfyui-credits/contract.',
}

const supportOnly = {
  group: ['**/tests/**', '!**/tests/support/**'],
  message: 'Scripts and benchmarks take builders and page objects from tests/support/ only.',
}

const hostOnly = {
  group: ['**/host/*', '!**/host/port.ts'],
  message: 'Only src/boot.ts knows ComfyUI; everything else knows the Host of src/host/port.ts.',
}
const portOnly = {
  group: [
    '**/api/*',
    '!**/api/port.ts',
    '!**/api/errors.ts',
    '!**/api/clock.ts',
    '!**/api/recent-errors.ts',
  ],
  message: 'Features reach the API through the port they were given (src/api/port.ts).',
}
const noViews = {
  regex: '\\.vue$',
  message: 'Only views import views: logic and stores do not know how they are shown.',
  allowTypeImports: true,
}
const pure = {
  regex: '^(vue|pinia|axios|@pinia/.*|@vueuse/.*)$|/(store|context|use-[a-z-]+)\\.ts$',
  message: 'Pure logic: no Vue, no store, no network. It is given what it works on.',
  allowTypeImports: true,
}

function upwards(folder) {
  const above = ORDER.slice(0, ORDER.indexOf(folder))
  return above.length === 0
    ? []
    : [
        {
          regex: `^(\\.\\./)+(${above.join('|')})/`,
          message: `src/${folder} imports only from folders below it (ORDER in build/boundaries.mjs).`,
        },
      ]
}

const rule = (files, patterns, more = {}) => ({
  files,
  ...more,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})

/** Later overrides replace earlier ones, so each has all the rules for its files. */
export function boundaryOverrides() {
  const packages = Object.entries(PACKAGES).map(([folder, names]) =>
    rule(
      [`${folder}/**`],
      [outside(names), ...(folder.startsWith('sandbox') ? [] : [contractOnly])],
    ),
  )
  const support = rule(['{scripts,bench}/**'], [supportOnly])
  const src = [outside(PACKAGES.src), contractOnly]
  const folders = ORDER.flatMap((folder) => {
    const common = [...src, ...upwards(folder)]
    if (folder === 'host') return [rule(['src/host/**'], [...common, noViews])]
    const world =
      folder === 'api' ? [hostOnly] : [hostOnly, ...(FEATURES.has(folder) ? [portOnly] : [])]
    return [
      rule([`src/${folder}/**/*.vue`], [...common, ...world]),
      rule(
        [`src/${folder}/**/*.ts`],
        [...common, ...world, ...(folder === 'panel' ? [] : [noViews])],
      ),
      ...(PURE.has(folder)
        ? [
            rule([`src/${folder}/**/*.ts`], [...common, ...world, noViews, pure], {
              excludeFiles: ['**/store.ts', '**/use-*.ts'],
            }),
          ]
        : []),
    ]
  })
  // This file composes the panel, for ComfyUI and for the development page.
  const compose = rule(['src/panel/mount.ts'], [...src, hostOnly])
  return [...packages, support, ...folders, compose]
}

const FEATURES = new Set(ORDER.slice(0, ORDER.indexOf('ui')))
const PURE = new Set([
  'balance',
  'history',
  'purchase',
  'estimate',
  'guard',
  'limits',
  'reservations',
  'reconciliation',
  'runs',
  'account-events',
])
