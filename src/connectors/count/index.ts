import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'count',
  stability: [
    ['traces', 'metrics', 'Alpha'],
    ['metrics', 'metrics', 'Alpha'],
    ['logs', 'metrics', 'Alpha'],
    ['profiles', 'metrics', 'Development'],
  ],
  config,
  telemetry,
  async create(options, context, next) {
    const { createCount } = await import('./count.js');
    return createCount(options, context, next);
  },
});
