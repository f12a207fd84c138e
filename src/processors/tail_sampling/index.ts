import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'tail_sampling',
  partitionBy: 'trace',
  countsItems: false,
  stability: { traces: 'Beta' },
  config,
  telemetry,
  async create(options, context, next) {
    const { TailSampling } = await import('./tail-sampling.js');
    return new TailSampling(options, context, next);
  },
});
