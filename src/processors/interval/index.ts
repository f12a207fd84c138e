import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'interval',
  partitionBy: 'stream',
  changesItems: true,
  stability: { metrics: 'Alpha' },
  config,
  telemetry,
  async create(options, context, next) {
    const { IntervalProcessor } = await import('./interval.js');
    return new IntervalProcessor(options, context, next);
  },
});
