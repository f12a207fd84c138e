import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'span',
  changesItems: true,
  stability: { traces: 'Alpha' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createSpanProcessor } = await import('./span-changes.js');
    return createSpanProcessor(options, context, next);
  },
});
