import { defineExporter, type ExporterDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExporterDefinition<Config> = defineExporter<Config>({
  type: 'prometheus_remote_write',
  aliases: ['prometheusremotewrite'],
  // Order is kept within a worker only: all that a resource's series and its `target_info` come from must reach one.
  partitionBy: 'resource',
  stability: { metrics: 'Beta' },
  config,
  telemetry,
  async create(settings, context) {
    const { createExporter } = await import('./exporter.js');
    return createExporter(settings, context);
  },
});
