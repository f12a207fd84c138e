import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension({
  type: 'headers_setter',
  stability: 'Beta',
  provides: ['client_auth'],
  config,
  readsMetadata: ({ headers }) => headers.map(({ from_context }) => from_context).filter((key) => key !== ''),
  telemetry,
  async create(options, context) {
    const { createHeadersSetter } = await import('./headers_setter.js');
    return createHeadersSetter(options, context);
  },
});
