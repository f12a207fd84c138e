import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension<Config>({
  type: 'basicauth',
  stability: 'Beta',
  config,
  telemetry,
  async create(options, context) {
    const { createBasicauth } = await import('./basicauth.js');
    return createBasicauth(options, context);
  },
});
