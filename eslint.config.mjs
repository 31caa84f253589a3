import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The folders of src/ in their order: each may import what stands before it, and nothing that stands behind (ARCHITECTURE.md draws it).
 * Anybody may use `generated`: types, and the validator of configurations.
 */
const folders = [
  'text',
  'config',
  'database',
  'airbyte',
  'bitbucket',
  'credentials',
  'connection',
  'webhooks',
  'streams',
  'sync',
  'diagnosis',
  'commands',
];

const forbid = (files, groups) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: groups.map(([group, message]) => ({ group, message })) }] },
});
const only = {
  airbyte: [['@faros-ai/*'], 'Only source.ts knows the framework.'],
  http: [['axios', 'node:http', 'node:https'], 'Only bitbucket/ sends requests; webhooks/ and credentials/ answer some.'],
  duckdb: [['@duckdb/*'], 'Only warehouse/ knows DuckDB.'],
};
const root = [['**/source', '**/cli', '**/index'], 'Those that put the parts together are not known to the parts.'];
/** What one folder may not import: the folders behind it, the warehouse, and libraries that are another folder's business. */
const fence = (folder, index) =>
  forbid(
    [`src/${folder}/**`],
    [
      only.airbyte,
      only.duckdb,
      ...(folder === 'bitbucket'
        ? []
        : [folder === 'webhooks' || folder === 'credentials' || folder === 'connection' ? [['axios'], only.http[1]] : only.http]),
      ...(folder === 'commands' ? [] : [root]),
      [
        [...folders.slice(index + 1), 'warehouse', 'report']
          .filter((name) => folder !== 'commands' || (name !== 'warehouse' && name !== 'report'))
          .flatMap((name) => [`../${name}/**`, `../../${name}/**`]),
        `${folder}/ may import only what stands before it: ${folders.slice(0, index).join(', ') || 'nothing'}.`,
      ],
    ].filter(([group]) => group.length > 0),
  );

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
  ...folders.map(fence),
  forbid(
    ['src/warehouse/**'],
    [
      only.airbyte,
      only.http,
      [
        folders.filter((name) => name !== 'text').map((name) => `../${name}/**`),
        'warehouse/ meets the connector only through its stdout.',
      ],
      root,
    ],
  ),
  forbid(
    ['src/report/**'],
    [
      only.airbyte,
      only.http,
      only.duckdb,
      [
        folders.filter((name) => name !== 'text').map((name) => `../${name}/**`),
        'report/ reads the file of warehouse/, and nothing else.',
      ],
      [['**/source', '**/cli'], root[1]],
    ],
  ),
  forbid(
    ['src/report/page/**'],
    [only.airbyte, only.duckdb, [['axios', 'node:*', 'echarts', '../../**'], 'What runs in the page knows nothing but page/.']],
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
