import { boundaryOverrides } from './build/boundaries.mjs'

export default {
  plugins: ['typescript', 'unicorn', 'import', 'vue', 'vitest', 'promise'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/consistent-type-imports': 'error',
    'no-console': 'error',
    eqeqeq: 'error',
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    'vitest/expect-expect': [
      'error',
      { assertFunctionNames: ['expect*', 'eventually', 'fc.assert'] },
    ],
    'no-await-in-loop': 'off',
    'import/no-named-as-default-member': 'off',
    'no-underscore-dangle': ['error', { allow: ['_p', '_s'] }],
    'unicorn/no-array-sort': 'off',
    'import/no-unassigned-import': 'off',
  },
  ignorePatterns: ['dist', '.cache', '.data', 'node_modules'],
  overrides: [
    {
      files: ['tests/**', 'bench/**'],
      rules: {
        'max-lines-per-function': 'off',
        'unicorn/consistent-function-scoping': 'off',
        'vitest/require-mock-type-parameters': 'off',
      },
    },
    { files: ['scripts/**', 'bench/**'], rules: { 'no-console': 'off' } },
    ...boundaryOverrides(),
  ],
}
