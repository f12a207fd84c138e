import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'kubelet_stats',
  aliases: ['kubeletstats'],
  stability: { metrics: 'Beta' },
  // Several processes would ask the same kubelet.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { createKubeletStats } = await import('./receiver.js');
    return createKubeletStats(settings, context, next);
  },
});
