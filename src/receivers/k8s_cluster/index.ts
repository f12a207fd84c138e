import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'k8s_cluster',
  stability: { metrics: 'Beta', logs: 'Development' },
  // Each process would report the whole cluster.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { K8sClusterReceiver } = await import('./receiver.js');
    return new K8sClusterReceiver(settings, context, next);
  },
});
