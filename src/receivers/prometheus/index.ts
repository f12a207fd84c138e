import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'prometheus',
  stability: { metrics: 'Beta' },
  // Several processes would scrape every target several times.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { PrometheusReceiver } = await import('./receiver.js');
    return new PrometheusReceiver(settings, context, next);
  },
});
