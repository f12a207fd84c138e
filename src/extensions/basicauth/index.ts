import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension({
  type: 'basicauth',
  stability: 'Beta',
  provides: ['server_auth', 'client_auth'],
  requiresTls: true,
  providesWith: (options) => (options.client_auth ? ['client_auth'] : ['server_auth']),
  config,
  telemetry,
  async create(options, context) {
    const { createBasicauth } = await import('./basicauth.js');
    return createBasicauth(options, context);
  },
});
