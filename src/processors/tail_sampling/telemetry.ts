import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

const name = (end: string): string => `otelcol_processor_tail_sampling_${end}`;

/** docs/spec/gateway.md#tail-sampling-metrics; those that begin with `kanmon_` are Kanmon's own. */
export const metrics: Readonly<
  Record<
    | 'votes'
    | 'traces'
    | 'cached'
    | 'newTraces'
    | 'tickTime'
    | 'lateAge'
    | 'removalAge'
    | 'errors'
    | 'asked'
    | 'droppedEarly'
    | 'pendingTraces'
    | 'tooLarge'
    | 'decisions'
    | 'pendingSpans'
    | 'pendingBytes'
    | 'remembered'
    | 'late',
    MetricSpec
  >
> = {
  votes: {
    name: name('count_traces_sampled'),
    description: 'Count of traces that were sampled or not per sampling policy [Development]',
    unit: '{traces}',
    kind: 'counter',
    level: 'normal',
  },
  traces: {
    name: name('global_count_traces_sampled'),
    description: 'Global count of traces that were sampled or not by at least one policy [Development]',
    unit: '{traces}',
    kind: 'counter',
    level: 'normal',
  },
  cached: {
    name: name('early_releases_from_cache_decision'),
    description: 'Number of spans that were able to be immediately released due to a decision cache hit. [Development]',
    unit: '{spans}',
    kind: 'counter',
    level: 'normal',
  },
  newTraces: {
    name: name('new_trace_id_received'),
    description: 'Counts the arrival of new traces [Development]',
    unit: '{traces}',
    kind: 'counter',
    level: 'normal',
  },
  tickTime: {
    name: name('sampling_decision_timer_latency'),
    description: 'Latency (in milliseconds) of each run of the sampling decision timer [Development]',
    unit: 'ms',
    kind: 'histogram',
    level: 'normal',
    boundaries: [
      ...[1, 2, 5, 10, 25, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000],
      ...[2000, 3000, 4000, 5000, 10_000, 20_000, 30_000, 50_000],
    ],
  },
  lateAge: {
    name: name('sampling_late_span_age'),
    description: 'Time (in seconds) from the sampling decision was taken and the arrival of a late span [Development]',
    unit: 's',
    kind: 'histogram',
    level: 'normal',
    boundaries: [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000],
  },
  removalAge: {
    name: name('sampling_trace_removal_age'),
    description: 'Time (in seconds) from arrival of a new trace until its removal from memory [Development]',
    unit: 's',
    kind: 'histogram',
    level: 'normal',
    boundaries: [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000],
  },
  errors: {
    name: name('sampling_policy_evaluation_error'),
    description: 'Count of sampling policy evaluation errors [Development]',
    unit: '{errors}',
    kind: 'counter',
    level: 'normal',
  },
  asked: {
    name: name('sampling_policy_execution_count'),
    description: 'Total number of executions of a specific sampling policy [Development]',
    unit: '{executions}',
    kind: 'counter',
    level: 'normal',
  },
  droppedEarly: {
    name: name('sampling_trace_dropped_too_early'),
    description: 'Count of traces that needed to be dropped before the configured wait time [Development]',
    unit: '{traces}',
    kind: 'counter',
    level: 'normal',
  },
  pendingTraces: {
    name: name('sampling_traces_on_memory'),
    description: 'Tracks the number of traces current on memory [Development]',
    unit: '{traces}',
    kind: 'gauge',
    level: 'normal',
  },
  tooLarge: {
    name: name('traces_dropped_too_large'),
    description: 'Count of traces that were dropped because they were too large [Development]',
    unit: '{traces}',
    kind: 'counter',
    level: 'normal',
  },
  decisions: {
    name: 'kanmon_tail_sampling_decisions',
    description:
      'Decided traces by decision, by the policy and the member of it that decided (empty: none did), and by the ' +
      'occasion: when due, after the root span, at a span (span-ingest), early for want of memory or of room for ' +
      'traces, or at the end.',
    unit: '{traces}',
    kind: 'counter',
    level: 'normal',
  },
  pendingSpans: {
    name: 'kanmon_tail_sampling_pending_spans',
    description: 'Spans that wait for the decision on their trace.',
    unit: '{spans}',
    kind: 'gauge',
    level: 'normal',
  },
  pendingBytes: {
    name: 'kanmon_tail_sampling_pending_bytes',
    description: 'Memory of the spans that wait, of at most `max_pending_bytes`.',
    unit: 'By',
    kind: 'gauge',
    level: 'normal',
  },
  late: {
    name: 'kanmon_tail_sampling_late_spans',
    description: 'Spans that came after the decision on their trace, by whether it was kept.',
    unit: '{spans}',
    kind: 'counter',
    level: 'normal',
  },
  remembered: {
    name: 'kanmon_tail_sampling_remembered_decisions',
    description: 'Decisions that are remembered for late spans.',
    unit: '{traces}',
    kind: 'gauge',
    level: 'normal',
  },
};

export const telemetry: TelemetrySpec = {
  metrics: Object.values(metrics),
  reasons: {
    not_sampled: 'No policy wanted the trace.',
    dropped_by_policy: 'A `drop` policy threw the trace away.',
    late_not_sampled: 'The spans came after the decision not to keep their trace.',
    trace_too_large: 'The trace is larger than `maximum_trace_size_bytes`.',
    pending_at_shutdown: 'The trace waited for its decision at the end, with `drop_pending_traces_on_shutdown`.',
    pending_full:
      'Returned: there was no room for five seconds, because the next component does not take the kept traces.',
    span_too_large: 'The span is larger than seven eighths of `max_pending_bytes`.',
    retries_exhausted: 'The next component has refused a batch for five minutes.',
    shutdown: 'The service ended before the next component accepted the batch.',
  },
};
