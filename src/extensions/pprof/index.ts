import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension<Config>({
  type: 'pprof',
  stability: 'Beta',
  config,
  telemetry,
  async create(options, context) {
    const { createPprof } = await import('./pprof.js');
    return createPprof(options, context);
  },
});
