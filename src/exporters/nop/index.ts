import { defineExporter, type ExporterDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExporterDefinition<Config> = defineExporter<Config>({
  type: 'nop',
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Alpha' },
  config,
  telemetry,
  async create(_settings, context) {
    const { createExporter } = await import('./exporter.js');
    return createExporter(context);
  },
});
