import { duration, group, int, list, text, type Schema } from '../../component/schema/schema.js';
import { duplicateKey } from '../../delivery/metadata-keys.js';

/** docs/spec/core.md#batch. `timeout` in milliseconds, sizes in items. */
export interface Config {
  readonly timeout: number;
  readonly send_batch_size: number;
  readonly send_batch_max_size: number;
  readonly metadata_keys: readonly string[];
  readonly metadata_cardinality_limit: number;
}

const unsigned = (value: number): string | undefined =>
  value < 0 ? `cannot parse value as 'uint': ${value} overflows uint` : undefined;

export const config: Schema<Config> = group<Config>(
  {
    timeout: duration('200ms', { about: 'Waiting data leaves at least this often; 0 lets nothing wait.' }),
    send_batch_size: int(
      8192,
      { about: 'A batch leaves as soon as it has this many items; 0 lets nothing wait.', unit: 'items' },
      unsigned,
    ),
    send_batch_max_size: int(
      0,
      { about: 'Larger batches are cut to this size; 0 never cuts.', unit: 'items' },
      unsigned,
    ),
    metadata_keys: list(text(), [], {
      about: 'Only requests with the same values of these client metadata keys share a batch, which carries them on.',
    }),
    metadata_cardinality_limit: int(
      1000,
      { about: 'How many combinations of these values are accepted; 0 sets no limit.' },
      unsigned,
    ),
  },
  (value, report) => {
    if (value.send_batch_max_size > 0 && value.send_batch_max_size < value.send_batch_size) {
      report('send_batch_max_size must be greater or equal to send_batch_size');
      return;
    }
    const fault = duplicateKey(value.metadata_keys);
    if (fault !== undefined) report(fault);
    else if (value.timeout < 0) report('timeout must be greater or equal to 0');
  },
);
