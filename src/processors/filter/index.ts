import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'filter',
  changesItems: true,
  stability: { traces: 'Alpha', metrics: 'Alpha', logs: 'Alpha', profiles: 'Development' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createFilter } = await import('./filter.js');
    return createFilter(options, context, next);
  },
});
