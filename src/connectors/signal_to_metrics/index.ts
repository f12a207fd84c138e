import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'signal_to_metrics',
  aliases: ['signaltometrics'],
  stability: [
    ['traces', 'metrics', 'Alpha'],
    ['metrics', 'metrics', 'Alpha'],
    ['logs', 'metrics', 'Alpha'],
    ['profiles', 'metrics', 'Development'],
  ],
  config,
  telemetry,
  async create(options, context, next) {
    const { createSignalToMetrics } = await import('./signal-to-metrics.js');
    return createSignalToMetrics(options, context, next);
  },
});
