import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'redaction',
  changesItems: true,
  stability: { traces: 'Beta', metrics: 'Alpha', logs: 'Alpha' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createRedaction } = await import('./redaction.js');
    return createRedaction(options, context, next);
  },
});
