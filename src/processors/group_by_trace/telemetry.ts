import type { TelemetrySpec } from '../../component/define.js';
import type { MetricSpec } from '../../component/telemetry.js';

const name = (end: string): string => `otelcol_processor_groupbytrace_${end}`;

/** docs/spec/gateway.md#group-by-trace; those that begin with `kanmon_` are Kanmon's own. */
export const metrics: Readonly<
  Record<
    'mostTraces' | 'pendingTraces' | 'releasedSpans' | 'releasedTraces' | 'early' | 'pendingSpans' | 'pendingBytes',
    MetricSpec
  >
> = {
  mostTraces: {
    name: name('conf_num_traces'),
    description: 'Maximum number of traces to hold in the internal storage [Development]',
    unit: '1',
    kind: 'gauge',
    level: 'normal',
  },
  pendingTraces: {
    name: name('num_traces_in_memory'),
    description: 'Number of traces currently in the in-memory storage [Development]',
    unit: '1',
    kind: 'gauge',
    level: 'normal',
  },
  releasedSpans: {
    name: name('spans_released'),
    description: 'Spans released to the next consumer [Development]',
    unit: '1',
    kind: 'counter',
    level: 'normal',
  },
  releasedTraces: {
    name: name('traces_released'),
    description: 'Traces released to the next consumer [Development]',
    unit: '1',
    kind: 'counter',
    level: 'normal',
  },
  early: {
    name: name('traces_evicted'),
    description: 'Traces evicted from the internal buffer [Development]',
    unit: '1',
    kind: 'counter',
    level: 'normal',
  },
  pendingSpans: {
    name: 'kanmon_group_by_trace_pending_spans',
    description: 'Spans that wait for the rest of their trace.',
    unit: '{spans}',
    kind: 'gauge',
    level: 'normal',
  },
  pendingBytes: {
    name: 'kanmon_group_by_trace_pending_bytes',
    description: 'Memory of the spans that wait, of at most `max_pending_bytes`.',
    unit: 'By',
    kind: 'gauge',
    level: 'normal',
  },
};

export const telemetry: TelemetrySpec = {
  metrics: Object.values(metrics),
  reasons: {
    span_too_large: 'The span is larger than seven eighths of `max_pending_bytes`.',
    retries_exhausted: 'The next component has refused a batch for five minutes.',
    shutdown: 'The service ended before the next component accepted the batch.',
  },
};
