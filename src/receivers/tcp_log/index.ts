import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'tcp_log',
  aliases: ['tcplog'],
  stability: { logs: 'Alpha' },
  config,
  telemetry,
  async create(settings, context, next) {
    const { TcpLogReceiver } = await import('./receiver.js');
    return new TcpLogReceiver(settings, context, next);
  },
});
