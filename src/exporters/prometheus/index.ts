import { defineExporter, type ExporterDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExporterDefinition<Config> = defineExporter<Config>({
  type: 'prometheus',
  // One page for all workers: a scraper of the port would reach one of them by chance.
  once: true,
  stability: { metrics: 'Beta' },
  config,
  telemetry,
  async create(settings, context) {
    const { createExporter } = await import('./exporter.js');
    return createExporter(settings, context);
  },
});
