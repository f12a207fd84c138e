import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'cumulative_to_delta',
  aliases: ['cumulativetodelta'],
  partitionBy: 'stream',
  changesItems: true,
  stability: { metrics: 'Beta' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createCumulativeToDelta } = await import('./cumulative-to-delta.js');
    return createCumulativeToDelta(options, context, next);
  },
});
