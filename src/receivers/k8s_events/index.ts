import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'k8s_events',
  stability: { logs: 'Alpha' },
  // Each process would report every event of the cluster.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { K8sEventsReceiver } = await import('./receiver.js');
    return new K8sEventsReceiver(settings, context, next);
  },
});
