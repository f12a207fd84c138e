import { any, group, int, list, section, text, type Schema } from '../../component/schema/schema.js';
import type { TelemetryLevel } from '../../component/telemetry.js';
import { off, recordProcessors, type RecordProcessor } from './destination.js';
import { level } from './level.js';

/** The limits of a span; -1 characters: no limit. */
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
  /** Decoded by tracing/sampler.ts at start: a sampler may contain others. */
  readonly sampler: unknown;
  readonly limits: SpanLimits | undefined;
}

const limit = (about: string): Schema<number> => int(128, { about: `${about}; further ones are dropped.` });

/**
 * `service::telemetry::traces`. An unknown propagator or sampler is an error only while tracing is on.
 */
export const traces: Schema<TracesConfig> = group<TracesConfig>({
  level: level('basic', 'How many of its own spans the program makes.'),
  propagators: list(text(), [], { about: 'Formats of the trace context in requests: `tracecontext`, `b3`.' }),
  processors: recordProcessors(5000, 'Destinations of its own spans; without any, tracing is off.'),
  sampler: any({
    about: 'Which traces are sampled: `always_on`, `always_off`, `trace_id_ratio_based`, `parent_based`.',
  }),
  limits: section<SpanLimits>(
    group<SpanLimits>({
      attribute_value_length_limit: int(-1, { about: 'Characters of a text value; -1: no limit.' }),
      attribute_count_limit: limit('Attributes of a span'),
      event_count_limit: limit('Events of a span'),
      link_count_limit: limit('Links of a span'),
      event_attribute_count_limit: limit('Attributes of an event'),
      link_attribute_count_limit: limit('Attributes of a link; links of own spans have none'),
    }),
    off,
    { about: 'Limits of its own spans.' },
  ),
});
