import type { Attributes } from './telemetry.js';

/** Names one span towards others (W3C Trace Context). */
export interface SpanContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** `tracestate`; empty: none. */
  readonly state: string;
}

/** A span of this program's own work. Nothing may be changed after `end`. */
export interface Span {
  readonly context: SpanContext;
  set(attributes: Attributes): void;
  event(name: string, attributes: Attributes): void;
  fail(message: string): void;
  end(): void;
}

export interface SpanOptions {
  readonly kind?: 'internal' | 'server' | 'client';
  readonly parent?: SpanContext | undefined;
  /** Spans that this one continues without being a part of them: requests that went through a queue. */
  readonly links?: readonly SpanContext[];
  readonly attributes?: Attributes;
}

/**
 * Makes the program's own spans (`service::telemetry::traces`, docs/spec/core.md#own-spans). A component has one only
 * while tracing is on, so that tracing costs nothing while it is off.
 */
export interface Tracer {
  start(name: string, options: SpanOptions): Span;
  /**
   * The sender's span in a request's header fields (lower-case names); undefined when there is none or no propagator is
   * configured.
   */
  extract(field: (name: string) => string | undefined): SpanContext | undefined;
  /** The header fields that carry `span` to a backend. */
  inject(span: SpanContext): Readonly<Record<string, string>>;
}
