import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'k8s_attributes',
  aliases: ['k8sattributes'],
  changesItems: true,
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Development' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createK8sAttributes } = await import('./k8s-attributes.js');
    return createK8sAttributes(options, context, next);
  },
});
