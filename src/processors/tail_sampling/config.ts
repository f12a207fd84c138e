import { choice, duration, flag, group, int, list, text, type Schema } from '../../component/schema/schema.js';
import { policyConfig, type PolicyConfig } from './rules/policy-config.js';

/** When traces are decided: all at once when they are complete, or as soon as arriving spans tell. */
export type SamplingStrategy = 'trace-complete' | 'span-ingest';

/** docs/spec/gateway.md#tail-sampling-config. Times in milliseconds. */
export interface Config {
  readonly decision_wait: number;
  readonly decision_wait_after_root_received: number;
  readonly num_traces: number;
  readonly expected_new_traces_per_sec: number;
  readonly policies: readonly PolicyConfig[];
  readonly decision_cache: {
    /** Below 0: not set, decisions are remembered as the processor sees fit. */
    readonly sampled_cache_size: number;
    readonly non_sampled_cache_size: number;
  };
  readonly sample_on_first_match: boolean;
  readonly drop_pending_traces_on_shutdown: boolean;
  readonly block_on_overflow: boolean;
  readonly maximum_trace_size_bytes: number;
  readonly sampling_strategy: SamplingStrategy;
  readonly tail_storage: string;
  readonly num_shards: number;
  readonly max_pending_bytes: number;
  readonly dry_run: boolean;
  readonly record_decision: boolean;
}

const unsigned = (value: number): string | undefined =>
  value < 0 ? `cannot parse value as 'uint64': ${value} overflows uint` : undefined;

const mostShards = 256;

const remembered = (which: string): Schema<number> =>
  int(-1, {
    about:
      `How many decisions on ${which} traces are remembered for late spans, whatever \`num_traces\` is; 0 remembers ` +
      'only the traces that are still tracked. Below 0: as many as fit a memory of fixed size.',
  });

export const config: Schema<Config> = group<Config>(
  {
    decision_wait: duration('30s', {
      about: 'From the first span of a trace to its decision, in whole seconds and at least one.',
    }),
    decision_wait_after_root_received: duration('0s', {
      about: 'From the root span to the decision, where that is earlier; 0 does not look for root spans.',
    }),
    num_traces: int(50_000, { about: 'Traces that are tracked at once.' }, unsigned),
    expected_new_traces_per_sec: int(
      0,
      { about: 'Accepted; memory grows with what arrives, so that no estimate is needed.' },
      unsigned,
    ),
    policies: list(policyConfig),
    decision_cache: group({
      sampled_cache_size: remembered('sampled'),
      non_sampled_cache_size: remembered('other'),
    }),
    sample_on_first_match: flag(false, {
      about: 'The first policy that wants a trace is the last one asked: limiters behind it keep what they have.',
    }),
    drop_pending_traces_on_shutdown: flag(false, {
      about: 'At the end, drops the traces that wait for their decision; otherwise they are decided as they are.',
    }),
    block_on_overflow: flag(false, {
      about: 'At `num_traces`, new traces wait for room; otherwise the oldest one makes room.',
    }),
    maximum_trace_size_bytes: int(
      0,
      { about: 'A larger trace is not sampled, and freed at once; 0 sets no limit.', unit: 'bytes' },
      unsigned,
    ),
    sampling_strategy: choice(
      ['trace-complete', 'span-ingest'],
      'trace-complete',
      {
        about:
          '`trace-complete` decides a trace as a whole; `span-ingest` judges each piece of it as it arrives and lets ' +
          'the trace go at the first match. The latter has no policies that need the whole trace.',
      },
      (value) =>
        `invalid sampling_strategy ${JSON.stringify(value)}, expected one of "trace-complete" or "span-ingest"`,
    ),
    tail_storage: text('', { about: 'An extension that holds the waiting spans. Not supported.' }),
    num_shards: int(
      1,
      {
        about:
          'Accepted: in one process one loop decides, whatever the number. `--workers` spreads traces over processes.',
      },
      unsigned,
    ),
    max_pending_bytes: int(
      0,
      {
        about:
          'Memory of the spans that wait. At this bound the oldest trace of the service that holds most is decided ' +
          'early. 0: a quarter of the memory limit. Kanmon only.',
        unit: 'bytes',
      },
      unsigned,
    ),
    dry_run: flag(false, {
      about: 'Drops no trace; each root span says what would have become of its trace. Kanmon only.',
    }),
    record_decision: flag(false, {
      about: 'Sets attributes on the root spans of sampled traces that say why they were sampled. Kanmon only.',
    }),
  },
  (value, report) => {
    if (value.num_shards > mostShards)
      report(`num_shards (${value.num_shards}) must not exceed ${mostShards}`, ['num_shards']);
    if (value.tail_storage !== '')
      report(`tail_storage is not supported: waiting spans are held in memory`, ['tail_storage']);
  },
);
