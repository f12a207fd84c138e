import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'probabilistic_sampler',
  changesItems: true,
  stability: { traces: 'Beta', logs: 'Alpha' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createProbabilisticSampler } = await import('./sampler.js');
    return createProbabilisticSampler(options, context, next);
  },
});
