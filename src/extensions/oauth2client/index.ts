import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension({
  type: 'oauth2client',
  stability: 'Beta',
  provides: ['client_auth'],
  requiresTls: true,
  config,
  telemetry,
  async create(options, context) {
    const { createOauth2client } = await import('./oauth2client.js');
    return createOauth2client(options, context);
  },
});
