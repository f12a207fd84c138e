import { defineConnector, type ConnectorDefinition } from '../../component/define.js';
import { signals } from '../../otlp/signal.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ConnectorDefinition<Config> = defineConnector<Config>({
  type: 'forward',
  stability: signals.map((signal) => [signal, signal, signal === 'profiles' ? 'Alpha' : 'Beta'] as const),
  config,
  telemetry,
  async create(_settings, _context, next) {
    const { createForward } = await import('./forward.js');
    return createForward(next);
  },
});
