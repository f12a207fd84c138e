import { headersRead } from '../../attributes/action-config.js';
import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'attributes',
  changesItems: true,
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta' },
  config,
  telemetry,
  readsMetadata: ({ actions }) => headersRead(actions),
  async create(options, context, next) {
    const { createAttributes } = await import('./attributes.js');
    return createAttributes(options, context, next);
  },
});
