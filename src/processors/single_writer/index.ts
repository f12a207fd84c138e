import { defineProcessor, type ProcessorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { sourceOf } from './identity.js';
import { telemetry } from './telemetry.js';

export const definition: ProcessorDefinition<Config> = defineProcessor<Config>({
  type: 'single_writer',
  partitionBy: 'stream',
  changesItems: true,
  stability: { metrics: 'Alpha' },
  config,
  telemetry,
  readsReceiver: ({ identify_by: sources }) => sources.includes('receiver'),
  readsMetadata: ({ identify_by: sources }) =>
    sources.flatMap((text) => {
      const source = sourceOf(text);
      return source?.kind === 'metadata' ? [source.name] : [];
    }),
  async create(options, context, next) {
    const { createSingleWriter } = await import('./single-writer.js');
    return createSingleWriter(options, context, next);
  },
});
