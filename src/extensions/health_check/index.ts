import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension<Config>({
  type: 'health_check',
  once: true,
  stability: 'Beta',
  config,
  telemetry,
  async create(options, context) {
    const { createHealthCheck } = await import('./health_check.js');
    return createHealthCheck(options, context);
  },
});
