import { defineReceiver, type ReceiverDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

/** Receives nothing: for pipelines that only a connector or a test feeds. */
export const definition: ReceiverDefinition<Config> = defineReceiver<Config>({
  type: 'nop',
  stability: { traces: 'Beta', metrics: 'Beta', logs: 'Beta', profiles: 'Alpha' },
  config,
  telemetry,
  create: () => ({}),
});
