import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'service_graph',
  aliases: ['servicegraph'],
  stability: [['traces', 'metrics', 'Alpha']],
  // Edges would meet by trace in any worker, but then each of them would write the same series.
  once: true,
  config,
  telemetry,
  async create(options, context, next) {
    const { ServiceGraph } = await import('./service-graph.js');
    return new ServiceGraph(options, context, next);
  },
});
