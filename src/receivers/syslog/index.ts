import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'syslog',
  stability: { logs: 'Beta' },
  config,
  telemetry,
  async create(settings, context, next) {
    const { SyslogReceiver } = await import('./receiver.js');
    return new SyslogReceiver(settings, context, next);
  },
});
