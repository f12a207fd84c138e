import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'batch',
  countsItems: false,
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Development' },
  config,
  // Requests of several senders leave as one.
  passesMetadata: ({ metadata_keys }) => metadata_keys,
  answersEarly: ({ timeout, send_batch_size }) => timeout > 0 && send_batch_size > 0,
  telemetry,
  async create(options, context, next) {
    const { createBatch } = await import('./batch.js');
    return createBatch(options, context, next);
  },
});
