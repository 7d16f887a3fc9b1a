import { availableParallelism } from 'node:os';

/** Tests run as ES modules on the sources, compiled by swc one file at a time. */
export default {
  // Many of them wait for servers and clients: two files at a time are no more than two cores can do.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript' },
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  testSequencer: '<rootDir>/scripts/test-order.mjs',
  reporters: ['default', '<rootDir>/scripts/test-progress.mjs'],
  testTimeout: 60_000,
};
