import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'memory_limiter',
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Development' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createMemoryLimiter } = await import('./memory-limiter.js');
    return createMemoryLimiter(options, context, next);
  },
});
