import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension({
  type: 'file_storage',
  stability: 'Beta',
  provides: ['storage'],
  config,
  telemetry,
  async create(options, context) {
    const { createFileStorage } = await import('./file-storage.js');
    return createFileStorage(options, context);
  },
});
