import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Turbo names its task's hash to the task. Only a whole run under turbo writes the report that `npm test`
// counts, so that running a single file by hand never stands for its package.
const isTurboTask = process.env['TURBO_HASH'] !== undefined;

/** Settings every package's tests share: sources instead of builds, and room for tensors on two cores. */
const shared: ViteUserConfig = defineConfig({
  resolve: { conditions: ['@nextx/source', 'module', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@nextx/source', 'module', 'node', 'default'] } },
  test: {
    include: ['src/**/*.test.ts'],
    testTimeout: 60_000,
    passWithNoTests: false,
    reporters: isTurboTask
      ? ['default', ['json', { outputFile: '.reports/vitest.json' }]]
      : ['default'],
  },
});

export default shared;
