import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'udp_log',
  aliases: ['udplog'],
  stability: { logs: 'Alpha' },
  config,
  telemetry,
  async create(settings, context, next) {
    const { UdpLogReceiver } = await import('./receiver.js');
    return new UdpLogReceiver(settings, context, next);
  },
});
