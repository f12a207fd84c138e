import { inUse } from '../../component/schema/in-use.js';
import { duration, extensionId, group, list, text, type Schema } from '../../component/schema/schema.js';
import { apiShape, warnOfApiLimits, type ApiConfig } from '../../kubernetes/access/options.js';

/** Options of the receiver (docs/spec/agent.md#kubernetes-receivers). */
export interface Config extends ApiConfig {
  readonly namespaces: readonly string[];
  /** Milliseconds. */
  readonly dedup_interval: number;
  readonly storage: string;
  readonly k8s_leader_elector: string;
}

export const config: Schema<Config> = inUse(
  group<Config>({
    ...apiShape,
    namespaces: list(text(), [], { about: 'Only events of these; none: all.' }),
    dedup_interval: duration('0s', {
      about:
        'Of the changes of one event, such as a higher count, one in this time is sent; 0: all of them, below 0: none.',
    }),
    storage: extensionId(
      'storage',
      { about: 'Storage extension that keeps the position of watches across restarts.' },
      true,
    ),
    k8s_leader_elector: extensionId(
      'leader_election',
      { about: 'Extension that chooses the one replica which reads.' },
      true,
    ),
  }),
  (value, { warn }) => warnOfApiLimits(value, warn),
);
