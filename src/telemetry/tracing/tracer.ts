import { randomBytes } from 'node:crypto';
import type { Clock } from '../../component/clock.js';
import type { FinishedSpan } from '../../component/recent-spans.js';
import type { Span, SpanContext, SpanOptions, Tracer } from '../../component/tracer.js';
import type { SpanLimits, TracesConfig } from '../config/traces.js';
import { RecentSpans } from './recent.js';
import { samplerOf, type Sampler } from './sampler.js';
import { RecordingSpan, UnsampledSpan } from './span.js';

/** How a span context travels in the header fields of a request. */
export type Propagator = Pick<Tracer, 'extract' | 'inject'>;

/** The propagator of a configuration that names none: every trace begins here and ends here. */
export const noPropagator: Propagator = { extract: () => undefined, inject: () => ({}) };

const defaultLimits: SpanLimits = {
  attribute_value_length_limit: -1,
  attribute_count_limit: 128,
  event_count_limit: 128,
  link_count_limit: 128,
  event_attribute_count_limit: 128,
  link_attribute_count_limit: 128,
};

export interface TracerParts {
  readonly clock: Clock;
  readonly propagator?: Propagator;
  /** Receives each sampled span when it ends. */
  readonly ended: (span: FinishedSpan) => void;
  /** Random bytes for trace and span IDs. */
  readonly bytes?: (count: number) => Buffer;
}

/** Makes the program's own spans and remembers the latest of them. Throws on a sampler that does not exist. */
export class OwnTracer implements Tracer {
  readonly recent: RecentSpans = new RecentSpans();
  readonly #sampler: Sampler;
  readonly #propagator: Propagator;
  readonly #limits: SpanLimits;
  readonly #clock: Clock;
  readonly #ended: (span: FinishedSpan) => void;
  readonly #bytes: (count: number) => Buffer;

  constructor(config: TracesConfig, { clock, propagator = noPropagator, ended, bytes = randomBytes }: TracerParts) {
    this.#sampler = samplerOf(config.sampler);
    this.#propagator = propagator;
    this.#limits = config.limits ?? defaultLimits;
    this.#clock = clock;
    this.#ended = (span) => {
      this.recent.ended(span);
      ended(span);
    };
    this.#bytes = bytes;
  }

  start(name: string, options: SpanOptions): Span {
    const { parent } = options;
    const traceId = parent?.traceId ?? this.#bytes(16).toString('hex');
    const sampled = this.#sampler(parent, traceId);
    const context: SpanContext = {
      traceId,
      spanId: this.#bytes(8).toString('hex'),
      sampled,
      state: parent?.state ?? '',
    };
    if (!sampled) return new UnsampledSpan(context);
    this.recent.began(name);
    return new RecordingSpan(context, name, options, this.#limits, this.#clock, this.#ended);
  }

  extract(field: (name: string) => string | undefined): SpanContext | undefined {
    return this.#propagator.extract(field);
  }

  inject(span: SpanContext): Readonly<Record<string, string>> {
    return this.#propagator.inject(span);
  }
}
