import { any, group, int, list, section, text, type Schema } from '../../component/schema/schema.js';
import type { TelemetryLevel } from '../../component/telemetry.js';
import { off, recordProcessors, type RecordProcessor } from './destination.js';
import { level } from './level.js';

/** What a span may carry at most; undefined: no bound. */
export interface SpanLimits {
  readonly attribute_value_length_limit: number;
  readonly attribute_count_limit: number;
  readonly event_count_limit: number;
  readonly link_count_limit: number;
  readonly event_attribute_count_limit: number;
  readonly link_attribute_count_limit: number;
}

export interface TracesConfig {
  readonly level: TelemetryLevel;
  readonly propagators: readonly string[];
  readonly processors: readonly RecordProcessor[];
  /** Read by tracing/sampler.ts at start, as it may nest. */
  readonly sampler: unknown;
  readonly limits: SpanLimits | undefined;
}

const limit = (about: string): Schema<number> => int(128, { about: `${about}; more is left out.` });

/** `service::telemetry::traces`. Unknown propagators and samplers only show at start, while tracing is on. */
export const traces: Schema<TracesConfig> = group<TracesConfig>({
  level: level('basic', 'How many of its own spans the program makes.'),
  propagators: list(text(), [], { about: 'How trace context travels: `tracecontext`, `b3`.' }),
  processors: recordProcessors(5000, 'Where its own spans go; tracing is off without any.'),
  sampler: any({ about: 'Which of its own spans are kept: `always_on`, `always_off`, `trace_id_ratio_based`, `parent_based`.' }),
  limits: section<SpanLimits>(
    group<SpanLimits>({
      attribute_value_length_limit: int(-1, { about: 'Characters of a text value; -1 no bound.' }),
      attribute_count_limit: limit('Attributes of a span'),
      event_count_limit: limit('Events of a span'),
      link_count_limit: limit('Links of a span'),
      event_attribute_count_limit: limit('Attributes of an event'),
      link_attribute_count_limit: limit('Attributes of a link; ours have none'),
    }),
    off,
    { about: 'Limits of its own spans.' },
  ),
});
