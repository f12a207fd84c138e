import { workload as split3 } from './split-3.mjs';

const at = (level, more = {}) => ({
  name: level,
  programs: [
    {
      name: 'gateway',
      config: ({ next: _next, ...world }) => {
        const config = split3.config(world);
        const readers = level === 'none' ? [] : config.service.telemetry.metrics.readers;
        config.service.telemetry.metrics = { level, readers, ...more };
        return config;
      },
    },
  ],
});

/** The cost of the program's own metrics on split-3, level by level. */
export const workload = {
  ...split3,
  name: 'own-telemetry',
  encodings: ['none'],
  chains: [at('none'), at('normal'), at('detailed')],
  base: 'none',
};
