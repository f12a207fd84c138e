import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Tests start real processes and sockets; two at a time keeps a two-core machine honest.
    maxWorkers: 2,
    // Whoever reads memory that is another request's already reads rubbish.
    env: { KANMON_SPOIL_MEMORY: '1' },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default', './test/reporter.ts'],
  },
});
export default config;
