import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { isStored } from '../../delivery/stored.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'failover',
  stability: [
    ['traces', 'traces', 'Alpha'],
    ['metrics', 'metrics', 'Alpha'],
    ['logs', 'logs', 'Alpha'],
  ],
  onceWith: ({ sending_queue }) => isStored(sending_queue),
  config,
  telemetry,
  async create(settings, context) {
    const { createFailover } = await import('./create.js');
    return createFailover(settings, context);
  },
});
