import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'delta_to_cumulative',
  aliases: ['deltatocumulative'],
  partitionBy: 'stream',
  changesItems: true,
  stability: { metrics: 'Alpha' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createDeltaToCumulative } = await import('./delta-to-cumulative.js');
    return createDeltaToCumulative(options, context, next);
  },
});
