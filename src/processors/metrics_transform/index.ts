import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'metrics_transform',
  aliases: ['metricstransform'],
  changesItems: true,
  stability: { metrics: 'Beta' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createMetricsTransform } = await import('./metrics-transform.js');
    return createMetricsTransform(options, context, next);
  },
});
