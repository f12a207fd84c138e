import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'otlp',
  stability: { traces: 'Stable', metrics: 'Stable', logs: 'Stable', profiles: 'Alpha' },
  config,
  telemetry,
  async create(settings, context, next) {
    const { createReceiver } = await import('./receiver.js');
    return createReceiver(settings, context, next);
  },
});
