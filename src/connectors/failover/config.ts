import { duration, group, int, list, pipelineId, type Schema } from '../../component/schema/schema.js';
import { sendingQueue, type QueueConfig } from '../../delivery/config.js';

/** docs/spec/gateway.md#failover. Times in milliseconds. */
export interface Config {
  readonly priority_levels: readonly (readonly string[])[];
  readonly retry_interval: number;
  readonly down_retry_interval: number;
  readonly sending_queue: QueueConfig | undefined;
  readonly retry_gap: number;
  readonly max_retries: number;
}

const positive = (ms: number): string | undefined => (ms > 0 ? undefined : 'must be positive');

export const config: Schema<Config> = group<Config>(
  {
    priority_levels: list(
      list(
        pipelineId({
          about: 'A pipeline of the level. All pipelines of a level get the data, and an error of one fails the level.',
        }),
      ),
      [],
      { about: 'The levels, the best first: lists of pipelines that have this connector among their receivers.' },
    ),
    retry_interval: duration('10m', { about: 'How often the levels above the current one are tried.' }, positive),
    down_retry_interval: duration(
      '5s',
      { about: 'How often the levels are tried while all of them are down. Kanmon only.' },
      positive,
    ),
    sending_queue: sendingQueue('off'),
    retry_gap: duration('0s', { about: 'Deprecated and without effect, as in the Collector.' }),
    max_retries: int(0, { about: 'Deprecated and without effect, as in the Collector.' }),
  },
  ({ priority_levels: levels }, report) => {
    if (levels.length === 0) report('No pipelines are defined in the priority list', ['priority_levels']);
    for (const [i, level] of levels.entries())
      if (level.length === 0) report('names no pipeline', ['priority_levels', i]);
  },
);
