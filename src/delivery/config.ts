import { z } from 'zod';
import { plainValue } from '../component/schema/expanded.js';
import {
  choice,
  duration,
  extensionId,
  flag,
  float,
  group,
  int,
  kinds,
  list,
  section,
  text,
  type Schema,
} from '../component/schema/schema.js';
import { formatDuration } from '../component/schema/duration.js';
import { inUse, type InUse } from '../component/schema/in-use.js';
import { duplicateKey } from './metadata-keys.js';
import { isStored } from './stored.js';

export type QueueSizer = 'requests' | 'items' | 'bytes';

/** `sending_queue`, docs/spec/core.md#sending-queue. Times in milliseconds, sizes in units of the sizer. */
export interface QueueConfig {
  readonly num_consumers: number;
  readonly queue_size: number;
  readonly sizer: QueueSizer;
  readonly block_on_overflow: boolean;
  readonly wait_for_result: boolean;
  readonly storage: string;
  readonly batch: QueueBatchConfig | undefined;
}

export interface QueueBatchConfig {
  readonly flush_timeout: number;
  readonly min_size: number;
  /** 0: never cut. */
  readonly max_size: number;
  readonly sizer: QueueSizer;
  readonly partition: { readonly metadata_keys: readonly string[] };
}

/** `retry_on_failure`, docs/spec/core.md#retry-on-failure. Times in milliseconds. */
export interface RetryConfig {
  readonly enabled: boolean;
  readonly initial_interval: number;
  readonly randomization_factor: number;
  readonly multiplier: number;
  readonly max_interval: number;
  /** 0: never give up. */
  readonly max_elapsed_time: number;
}

const sizers = ['requests', 'items', 'bytes'] as const;
const sizerFault = (value: string): string => `invalid sizer: "${value}"`;

const queueBatch: Schema<QueueBatchConfig> = group<QueueBatchConfig>(
  {
    flush_timeout: duration('200ms', {
      about: 'How long the first waiting data may wait for more before the batch leaves.',
    }),
    min_size: int(8192, { about: 'A batch leaves as soon as it has this size.', unit: 'sizer' }),
    max_size: int(0, { about: 'Larger batches are cut to this size; 0 never cuts.', unit: 'sizer' }),
    sizer: choice(
      sizers,
      'items',
      { about: 'Unit of the two sizes; inherited from `sending_queue::sizer` when only that is set.' },
      sizerFault,
    ),
    partition: group<QueueBatchConfig['partition']>(
      {
        metadata_keys: list(text(), [], {
          about: 'Only requests with the same values of these client metadata keys share a batch.',
        }),
      },
      (value, report) => {
        const fault = duplicateKey(value.metadata_keys);
        if (fault !== undefined) report(fault);
      },
    ),
  },
  (value, report) => {
    if (value.sizer === 'requests') report('`batch` supports only `items` or `bytes` sizer, found "requests"');
    else if (value.flush_timeout <= 0)
      report(`\`flush_timeout\` must be positive, found ${Math.round(value.flush_timeout * 1e6)}`);
    else if (value.min_size < 0) report(`\`min_size\` must be non-negative, found ${value.min_size}`);
    else if (value.max_size < 0) report(`\`max_size\` must be non-negative, found ${value.max_size}`);
    else if (value.max_size > 0 && value.max_size < value.min_size)
      report(`\`max_size\` (${value.max_size}) must be greater or equal to \`min_size\` (${value.min_size})`);
  },
);

const queue: Schema<QueueConfig> = inheritSizer(
  group<QueueConfig>(
    {
      num_consumers: int(10, { about: 'Exports that may run at the same time.' }),
      queue_size: int(1000, {
        about: 'Capacity of the queue, which the requests being exported count in.',
        unit: 'sizer',
      }),
      sizer: choice(sizers, 'requests', { about: 'Unit of `queue_size`.' }, sizerFault),
      block_on_overflow: flag(false, { about: 'Lets the sender wait for room instead of refusing it.' }),
      wait_for_result: flag(false, {
        about: 'Replies to the sender only when its data has been exported, with the outcome.',
      }),
      storage: extensionId(
        'storage',
        { about: 'The storage extension that keeps the queue on disk, so that it outlives the process.' },
        true,
      ),
      batch: section(queueBatch, { absent: 'off' }, { about: 'Merges and cuts requests behind the queue.' }),
    },
    (value, report) => {
      if (value.wait_for_result && value.storage !== '')
        report('`wait_for_result` is not supported with a persistent queue configured with `storage`');
      if (value.num_consumers <= 0) report('`num_consumers` must be positive');
      if (value.queue_size <= 0) report('`queue_size` must be positive');
      else if (value.batch && value.batch.sizer === value.sizer && value.batch.min_size > value.queue_size)
        report('`min_size` must be less than or equal to `queue_size`');
    },
  ),
);

/**
 * `batch` inherits the unit of the queue when only the queue sets one (docs/spec/core.md#sending-queue); a bare
 * `batch:` has its own default.
 */
function inheritSizer(schema: Schema<QueueConfig>): Schema<QueueConfig> {
  const wrapped = z.preprocess((input) => {
    const plain = plainValue(input);
    if (!isRecord(plain) || plain['sizer'] === undefined) return input;
    const batch = plainValue(plain['batch']);
    if (!isRecord(batch) || 'sizer' in batch) return input;
    return { ...plain, batch: { ...batch, sizer: plain['sizer'] } };
  }, schema) as unknown as Schema<QueueConfig>;
  const kind = kinds.get(schema);
  if (kind) kinds.set(wrapped, kind);
  return wrapped;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The `sending_queue` section; undefined when it is off. */
export function sendingQueue(absent: 'on' | 'off'): Schema<QueueConfig | undefined> {
  const schema = section(queue, { absent }, { about: 'The queue between the pipeline and the exports.' });
  return inUse(schema, (value, { beside, warn }) => {
    const retry = beside['retry_on_failure'] as RetryConfig | undefined;
    if (isStored(value) && retry) warnOfGivingUp(retry, warn);
  });
}

/** The storage keeps data through an outage only as long as it is sent again. */
function warnOfGivingUp({ enabled, max_elapsed_time: most }: RetryConfig, warn: InUse['warn']): void {
  if (!enabled)
    warn('Stored data is dropped after its first failed attempt: enable retry_on_failure to keep it through an outage');
  else if (most > 0)
    warn(
      `Stored data is dropped ${formatDuration(most)} after its first failed attempt: set retry_on_failure::` +
        'max_elapsed_time to 0s to keep it through any outage',
    );
}

/** The `retry_on_failure` section. It is validated even when it is disabled, as the Collector does. */
export function retryOnFailure(
  enabled = true,
  initialInterval = '5s',
  maxInterval = '30s',
  maxElapsedTime = '5m',
): Schema<RetryConfig> {
  return group<RetryConfig>(
    {
      enabled: flag(enabled, { about: 'Sends again after an error that may pass.' }),
      initial_interval: duration(initialInterval, { about: 'The wait before the first retry.' }),
      randomization_factor: float(0.5, { about: 'Each wait is drawn from this share around it.' }),
      multiplier: float(1.5, { about: 'Factor from each wait to the next.' }),
      max_interval: duration(maxInterval, { about: 'The longest wait, before randomization.' }),
      max_elapsed_time: duration(maxElapsedTime, {
        about: 'Data is given up when its next retry would come later than this; 0 never gives up.',
      }),
    },
    (value, report) => {
      for (const key of [
        'initial_interval',
        'randomization_factor',
        'multiplier',
        'max_interval',
        'max_elapsed_time',
      ] as const) {
        if (value[key] < 0) return report(`${key} value must be greater than or equal to 0`);
      }
      if (value.randomization_factor > 1) return report('randomization_factor value must be less than or equal to 1');
      if (value.max_elapsed_time === 0) return;
      if (value.max_elapsed_time < value.initial_interval)
        report("'max_elapsed_time' must not be less than 'initial_interval'");
      else if (value.max_elapsed_time < value.max_interval)
        report("'max_elapsed_time' must not be less than 'max_interval'");
    },
    { about: 'How data that a backend refused for now is sent again.' },
  );
}

/** `timeout`: how long one attempt may take, in milliseconds; 0 sets no limit. */
export function attemptTimeout(fallback: string): Schema<number> {
  return duration(fallback, { about: 'How long one attempt may take; 0 sets no limit.' }, (ms) =>
    ms < 0 ? 'timeout value must be greater than or equal to 0' : undefined,
  );
}
