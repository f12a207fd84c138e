import { defineExporter, type ExporterDefinition } from '../../component/define.js';
import { isStored } from '../../delivery/stored.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExporterDefinition<Config> = defineExporter<Config>({
  type: 'otlp_http',
  aliases: ['otlphttp'],
  stability: { traces: 'Stable', metrics: 'Stable', logs: 'Stable', profiles: 'Alpha' },
  onceWith: ({ sending_queue }) => isStored(sending_queue),
  config,
  telemetry,
  async create(settings, context) {
    const { createExporter } = await import('./exporter.js');
    return createExporter(settings, context);
  },
});
