import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension({
  type: 'bearertokenauth',
  stability: 'Beta',
  provides: ['server_auth', 'client_auth'],
  requiresTls: true,
  config,
  telemetry,
  async create(options, context) {
    const { createBearertokenauth } = await import('./bearertokenauth.js');
    return createBearertokenauth(options, context);
  },
});
