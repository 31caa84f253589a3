import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Imports point left (ARCHITECTURE.md): a folder may know those to its left, never those to its right. */
const forbid = (files, groups) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: groups.map(([group, message]) => ({ group, message })) }] },
});
const cdk = [['@faros-ai/*'], 'Only sync/, source.ts, cli.ts and index.ts speak Airbyte.'];
const http = [['axios', 'node:http', 'node:https'], 'Only bitbucket/ speaks HTTP.'];
const duckdb = [['@duckdb/*'], 'Only local/ knows DuckDB.'];

export default tseslint.config(
  { ignores: ['lib/', 'out/', 'coverage/', 'src/generated/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only cli.ts ends the process.' },
        { object: 'process', property: 'env', message: 'Only cli.ts reads the environment.' },
      ],
    },
  },
  forbid(['src/bitbucket/**'], [cdk, duckdb, [['**/streams/*', '**/sync/*', '**/local/*'], 'bitbucket/ knows only the server.']]),
  forbid(['src/streams/**'], [cdk, http, duckdb, [['**/sync/*', '**/local/*'], 'streams/ knows what is extracted, not when.']]),
  forbid(['src/sync/**'], [http, duckdb, [['**/local/*'], 'sync/ knows no platform.']]),
  forbid(
    ['src/webhooks/**'],
    [
      cdk,
      duckdb,
      [['axios'], 'Only bitbucket/ asks the server.'],
      [['**/streams/*', '**/sync/*', '**/local/*'], 'webhooks/ gives hints: it knows neither rows nor states.'],
    ],
  ),
  forbid(
    ['src/local/**'],
    [
      cdk,
      http,
      [
        ['**/bitbucket/*', '**/streams/*', '**/sync/*', '../config*', '../source*'],
        'local/ meets the connector only through its stdout.',
      ],
    ],
  ),
  forbid(
    ['test/simulator/**'],
    [[['**/src/*', '**/src/**', '../../src*', '**/lib/**'], 'A second opinion must not share the first one’s mistakes.']],
  ),
  { files: ['src/cli.ts', 'test/**'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', 'bin/main'],
    languageOptions: {
      globals: {
        require: 'readonly',
        module: 'writable',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
        URL: 'readonly',
      },
    },
  },
);
