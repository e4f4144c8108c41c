import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Settings every package's tests share: sources instead of builds, and room for tensors on two cores. */
const shared: ViteUserConfig = defineConfig({
  resolve: { conditions: ['@nextx/source', 'module', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@nextx/source', 'module', 'node', 'default'] } },
  test: { include: ['src/**/*.test.ts'], testTimeout: 60_000, passWithNoTests: false },
});

export default shared;
