import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'k8s_objects',
  aliases: ['k8sobjects'],
  stability: { logs: 'Beta' },
  // Each process would report every object of the cluster.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { K8sObjectsReceiver } = await import('./receiver.js');
    return new K8sObjectsReceiver(settings, context, next);
  },
});
