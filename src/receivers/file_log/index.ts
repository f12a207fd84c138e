import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'file_log',
  aliases: ['filelog'],
  stability: { logs: 'Beta' },
  // Several processes would read every line several times.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { fileLog } = await import('./receiver.js');
    return fileLog(settings, context, next);
  },
});
