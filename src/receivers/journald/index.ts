import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'journald',
  stability: { logs: 'Alpha' },
  // The journal is the host's: several processes would read all of it.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { JournaldReceiver } = await import('./receiver.js');
    return new JournaldReceiver(settings, context, next);
  },
});
