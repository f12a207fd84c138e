import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests of src that look at the whole process, or change it: its memory, its folder, what it does with errors. */
const alone: string[] = [
  'src/config/json-schema.test.ts',
  'src/connectors/span_metrics/allocation.test.ts',
  'src/connectors/span_metrics/attack.test.ts',
  'src/inputs/handlers-that-throw.test.ts',
  'src/intake/receive-request.test.ts',
  // It starts the library of zstd anew, under the feet of those that have it.
  'src/net/compression/zstd/zstd.property.test.ts',
  'src/net/handlers-that-throw.test.ts',
  'src/ottl/allocation.test.ts',
  'src/receivers/host_metrics/scraping.test.ts',
  'src/runtime/**/*.test.ts',
];

const config: ViteUserConfig = defineConfig({
  test: {
    // Tests start real processes and sockets; two at a time keeps a two-core machine honest.
    maxWorkers: 2,
    // A read of memory that another request owns by then reads rubbish.
    env: { KANMON_SPOIL_MEMORY: '1' },
    // Bounds for a crowded machine: a test waits for a state, and only a fault waits this long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { interval: 10, timeout: 100_000 } },
    reporters: ['default', './test/reporter.ts'],
    projects: [
      { extends: true, test: { name: 'alone', include: [...alone, 'test/**/*.test.ts'] } },
      // A process for each of 400 files, which loads the same modules again, would take longer than most of them.
      { extends: true, test: { name: 'together', include: ['src/**/*.test.ts'], exclude: alone, isolate: false } },
    ],
  },
});
export default config;
