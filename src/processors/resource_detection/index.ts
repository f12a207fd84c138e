import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'resource_detection',
  aliases: ['resourcedetection'],
  changesItems: true,
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Development' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createResourceDetection } = await import('./resource-detection.js');
    return createResourceDetection(options, context, next);
  },
});
