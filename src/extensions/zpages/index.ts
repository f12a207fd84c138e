import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension<Config>({
  type: 'zpages',
  once: true,
  stability: 'Beta',
  config,
  telemetry,
  async create(options, context) {
    const { createZpages } = await import('./zpages.js');
    return createZpages(options, context);
  },
});
