import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'group_by_attrs',
  aliases: ['groupbyattrs'],
  changesItems: true,
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta' },
  config,
  telemetry,
  async create(options, context, next) {
    const { createGroupByAttrs } = await import('./group-by-attrs.js');
    return createGroupByAttrs(options, context, next);
  },
});
