// One jest for everything. `--selectProjects` is not used: a test's kind is its suffix (.spec, .contract, .simulation, .e2e).
const kinds = (process.env.LONGSHORE_TESTS ?? 'spec,contract').split(',').join('|');

export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testRegex: `\\.(${kinds})\\.ts$`,
  testEnvironment: '<rootDir>/test/support/plain-environment.mjs',
  // Ends what hangs. How long something takes is no test's business, and machines differ.
  testTimeout: 60_000,
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true, dynamicImport: true, importAttributes: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
          // JSON modules are imported `with { type: 'json' }`, which jest wants to see.
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
  moduleNameMapper: {
    '^#lib/ecs/(.+)$': '<rootDir>/libs/ecs/src/$1/index.ts',
    '^#lib/([^/]+)/nest$': '<rootDir>/libs/$1/src/nest/index.ts',
    '^#lib/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};
