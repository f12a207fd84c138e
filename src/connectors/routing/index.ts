import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'routing',
  stability: [
    ['traces', 'traces', 'Alpha'],
    ['metrics', 'metrics', 'Alpha'],
    ['logs', 'logs', 'Alpha'],
  ],
  config,
  telemetry,
  async create(options, context) {
    const { createRouting } = await import('./routing.js');
    return createRouting(options, context);
  },
});
