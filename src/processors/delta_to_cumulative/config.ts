import { formatDuration } from '../../component/schema/duration.js';
import { duration, group, int, type Schema } from '../../component/schema/schema.js';

/** docs/spec/agent.md#metric-processors. Times in milliseconds. */
export interface Config {
  readonly max_stale: number;
  readonly max_streams: number;
  readonly max_bytes: number;
}

export const config: Schema<Config> = group<Config>({
  max_stale: duration(
    '5m',
    { about: 'After so long without a point a stream is forgotten; its next point begins a new total.' },
    (ms) => (ms <= 0 ? `max_stale must be a positive duration (got ${formatDuration(ms)})` : undefined),
  ),
  max_streams: int(
    0,
    {
      about:
        'Streams that are known at once; points of further ones are dropped. 0: as many as `max_bytes` has room for.',
    },
    (streams) => (streams < 0 ? `max_streams must be a positive number (got ${streams})` : undefined),
  ),
  max_bytes: int(
    0,
    { about: 'Memory of all streams. 0: a sixteenth of the memory limit. Kanmon only.', unit: 'bytes' },
    (bytes) => (bytes < 0 ? `must not be below 0, not ${bytes}` : undefined),
  ),
});
