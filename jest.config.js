/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
  modulePathIgnorePatterns: ['<rootDir>/lib/'],
  testSequencer: '<rootDir>/test/support/sequencer.js',
  testTimeout: 60_000,
};
