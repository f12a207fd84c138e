import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'span_metrics',
  aliases: ['spanmetrics'],
  partitionBy: 'service',
  stability: [['traces', 'metrics', 'Alpha']],
  config,
  telemetry,
  async create(options, context, next) {
    const { SpanMetrics } = await import('./span-metrics.js');
    return new SpanMetrics(options, context, next);
  },
});
