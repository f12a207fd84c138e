import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'otlp_json_file',
  aliases: ['otlpjsonfile'],
  stability: { traces: 'Alpha', metrics: 'Alpha', logs: 'Alpha' },
  // Several processes would read every line several times.
  once: true,
  config,
  telemetry,
  async create(settings, context, next) {
    const { otlpJsonFile } = await import('./receiver.js');
    return otlpJsonFile(settings, context, next);
  },
});
