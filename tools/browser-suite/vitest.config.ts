import { playwright } from '@vitest/browser-playwright';
import {
  defineConfig,
  type TestProjectInlineConfiguration,
  type ViteUserConfig,
} from 'vitest/config';
// @boundaries-ignore every package takes the workspace's test settings
import shared from '../../vitest.shared.ts';
import { findChromium } from './src/find-chromium.ts';

/** WebGPU on the processor; zeroing of workgroup memory off as in Node, where it takes most of the compile time. */
const switches = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-dawn-features=disable_workgroup_init',
];

const { reporters, testTimeout } = shared.test ?? {};

const inNode: TestProjectInlineConfiguration = {
  resolve: { ...shared.resolve },
  test: { name: 'node', include: ['src/find-chromium.test.ts'] },
};

const inChromium = (executablePath: string): TestProjectInlineConfiguration => ({
  resolve: { conditions: ['@nextx/source', 'module', 'browser', 'default'] },
  // Node's own WebGPU, which no browser asks for.
  optimizeDeps: { exclude: ['webgpu'] },
  test: {
    name: 'chromium',
    testTimeout,
    // Compiling every kernel takes SwiftShader a minute, Dawn's null backend does it in Node; the other two measure Node.
    include: [
      'src/worker.test.ts',
      '../../packages/core/src/executors/webgpu/!(kernels|host-cost|constant-memory).test.ts',
    ],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: switches } }),
      instances: [{ browser: 'chromium' }],
    },
  },
});

const chromium = findChromium();

const config: ViteUserConfig = defineConfig({
  test: {
    reporters,
    projects: chromium === undefined ? [inNode] : [inNode, inChromium(chromium)],
  },
});

export default config;
