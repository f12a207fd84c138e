import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'group_by_trace',
  aliases: ['groupbytrace'],
  partitionBy: 'trace',
  stability: { traces: 'Beta' },
  config,
  telemetry,
  async create(options, context, next) {
    const { GroupByTrace } = await import('./group-by-trace.js');
    return new GroupByTrace(options, context, next);
  },
});
