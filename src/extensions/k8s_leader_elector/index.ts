import { defineExtension, type ExtensionDefinition } from '../../component/define.js';
import { config, type Config } from './config.js';
import { telemetry } from './telemetry.js';

export const definition: ExtensionDefinition<Config> = defineExtension({
  type: 'k8s_leader_elector',
  stability: 'Alpha',
  provides: ['leader_election'],
  config,
  telemetry,
  async create(options, context) {
    const { createLeaderElector } = await import('./leader-elector.js');
    return createLeaderElector(options, context);
  },
});
