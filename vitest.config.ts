import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // Tests start real processes and sockets; two at a time keeps a two-core machine honest.
    maxWorkers: 2,
    // A read of memory that another request owns by then reads rubbish.
    env: { KANMON_SPOIL_MEMORY: '1' },
    // Bounds for a crowded machine: a test waits for a state, and only a fault waits this long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { interval: 10, timeout: 100_000 } },
    reporters: ['default', './test/reporter.ts'],
  },
});
export default config;
