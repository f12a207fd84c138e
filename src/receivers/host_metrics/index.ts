import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'host_metrics',
  aliases: ['hostmetrics'],
  stability: { metrics: 'Beta', logs: 'Development' },
  // Two processes would report the same host twice.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { createHostMetrics } = await import('./receiver.js');
    return createHostMetrics(settings, context, next);
  },
});
