import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension({
  type: 'memory_limiter',
  stability: 'Beta',
  provides: ['server_middleware'],
  config,
  telemetry,
  async create(options, context) {
    const { createMemoryLimiter } = await import('./memory-limiter.js');
    return createMemoryLimiter(options, context);
  },
});
