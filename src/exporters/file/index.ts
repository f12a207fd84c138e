import { defineExporter, type ExporterDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExporterDefinition<Config> = defineExporter<Config>({
  type: 'file',
  once: true,
  stability: { traces: 'Alpha', metrics: 'Alpha', logs: 'Alpha', profiles: 'Development' },
  config,
  telemetry,
  async create(settings, context) {
    const { createExporter } = await import('./exporter.js');
    return createExporter(settings, context);
  },
});
