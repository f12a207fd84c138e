import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension<Config>({
  type: 'bearertokenauth',
  stability: 'Beta',
  config,
  telemetry,
  async create(options, context) {
    const { createBearertokenauth } = await import('./bearertokenauth.js');
    return createBearertokenauth(options, context);
  },
});
