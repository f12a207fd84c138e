import type { Attributes } from './telemetry.js';
import type { SpanContext } from './tracer.js';

export interface SpanEvent {
  /** Milliseconds since the epoch, with fractions. */
  readonly timeMs: number;
  readonly name: string;
  readonly attributes: Attributes;
}

/** A span that has ended. Times in milliseconds since the epoch, with fractions. */
export interface FinishedSpan {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanContext[];
  /** The words of its error; undefined when all was well. */
  readonly failure: string | undefined;
  /** Counts of parts that the limits left out. */
  readonly dropped: { readonly attributes: number; readonly events: number; readonly links: number };
}

/** Upper bounds of how long a span took, milliseconds; the last class has none. */
export const latencyBounds: readonly number[] = [0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000];

/** The statistics of the spans of one name. */
export interface SpansOfName {
  running: number;
  /** By class of latency; the number of bounds plus one. */
  readonly counts: number[];
  readonly latest: FinishedSpan[][];
  errors: number;
  readonly latestErrors: FinishedSpan[];
}
