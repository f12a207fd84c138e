import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'round_robin',
  aliases: ['roundrobin'],
  stability: [
    ['traces', 'traces', 'Beta'],
    ['metrics', 'metrics', 'Beta'],
    ['logs', 'logs', 'Beta'],
  ],
  config,
  telemetry,
  async create(_settings, { router }) {
    const { createRoundRobin } = await import('./round-robin.js');
    return createRoundRobin(router.pipelineIds.map((id) => router.consumer([id])));
  },
});
