import { headersRead } from '../../attributes/action-config.js';
import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'resource',
  changesItems: true,
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Development' },
  config,
  telemetry,
  readsMetadata: ({ attributes }) => headersRead(attributes),
  async create(options, context, next) {
    const { createResource } = await import('./resource.js');
    return createResource(options, context, next);
  },
});
