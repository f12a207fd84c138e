import { randomBytes } from 'node:crypto';
import type { Clock } from '../../component/clock.js';
import type { Span, SpanContext, SpanOptions, Tracer } from '../../component/tracer.js';
import type { SpanLimits, TracesConfig } from '../config/traces.js';
import { propagatorOf, type Propagator } from './propagators.js';
import { samplerOf, type Sampler } from './sampler.js';
import { RecentSpans } from './recent.js';
import type { FinishedSpan } from '../../component/recent-spans.js';
import { RecordingSpan, SilentSpan } from './span.js';

const noLimits: SpanLimits = {
  attribute_value_length_limit: -1,
  attribute_count_limit: 128,
  event_count_limit: 128,
  link_count_limit: 128,
  event_attribute_count_limit: 128,
  link_attribute_count_limit: 128,
};

/** Makes the program's own spans, remembers the latest, and hands each to `keep` when it has ended. Throws on samplers and propagators that there are not. */
export class OwnTracer implements Tracer {
  readonly recent: RecentSpans = new RecentSpans();
  readonly #sampler: Sampler;
  readonly #propagator: Propagator;
  readonly #limits: SpanLimits;
  readonly #clock: Clock;
  readonly #keep: (span: FinishedSpan) => void;
  readonly #bytes: (count: number) => Buffer;

  constructor(config: TracesConfig, clock: Clock, keep: (span: FinishedSpan) => void, bytes: (count: number) => Buffer = randomBytes) {
    this.#sampler = samplerOf(config.sampler);
    this.#propagator = propagatorOf(config.propagators);
    this.#limits = config.limits ?? noLimits;
    this.#clock = clock;
    this.#keep = (span) => {
      this.recent.ended(span);
      keep(span);
    };
    this.#bytes = bytes;
  }

  start(name: string, options: SpanOptions): Span {
    const { parent } = options;
    const traceId = parent?.traceId ?? this.#bytes(16).toString('hex');
    const sampled = this.#sampler(parent, traceId);
    const context: SpanContext = { traceId, spanId: this.#bytes(8).toString('hex'), sampled, state: parent?.state ?? '' };
    if (!sampled) return new SilentSpan(context);
    this.recent.began(name);
    return new RecordingSpan(context, name, options, this.#limits, this.#clock, this.#keep);
  }

  extract(field: (name: string) => string | undefined): SpanContext | undefined {
    return this.#propagator.extract(field);
  }

  inject(span: SpanContext): Readonly<Record<string, string>> {
    return this.#propagator.inject(span);
  }
}
