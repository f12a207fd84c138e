import type { SpanSurroundings } from '../../../sampling/arrivals.js';
import type { Word56 } from '../../../sampling/word56.js';
import type { ResourceView } from '../../../otlp/view/resource.js';
import type { SpanView } from '../../../otlp/view/span.js';

/** The facts about a trace when it is decided. One object is moved from trace to trace. */
export interface TraceFacts {
  /** The 16 bytes of the trace ID are `ids[idAt]` up to `ids[idAt + 15]`. */
  readonly ids: Uint8Array;
  readonly idAt: number;
  readonly spans: number;
  /** As the Collector counts them, for `bytes_limiting`. */
  readonly bytes: number;
  /** From the earliest start to the latest end, whole milliseconds, at least 0. */
  readonly durationMs: number;
  /** Which conditions some span or resource of the trace satisfies: condition `i` is bit `i % 32` of word `i / 32`. */
  readonly found: Int32Array;
  readonly foundAt: number;
}

/** One way in which a trace can be decided, with its reason. There is a fixed list of them for a configuration. */
export interface Verdict {
  readonly decision: 'sampled' | 'not_sampled' | 'dropped';
  /**
   * The policy that decided; undefined when no policy wanted the trace. Of a trace that is not sampled it is a
   * `composite` whose member wanted the trace but had used up its share.
   */
  readonly policy: string | undefined;
  /** The member of a composite policy. */
  readonly subPolicy: string | undefined;
  /**
   * The threshold that a kept trace passed; the lowest one when several policies wanted it. Undefined: a policy wanted
   * it that has none, so that nothing can be said of its like.
   */
  readonly threshold: Word56 | undefined;
}

/** The vote of a policy on a trace; `none`: it was not asked. */
export type Vote = 0 | 1 | 2 | 3;

export const vote: Readonly<Record<'none' | 'notSampled' | 'sampled' | 'dropped', Vote>> = {
  none: 0,
  notSampled: 1,
  sampled: 2,
  dropped: 3,
};

/** Policies, compiled: what is looked for in spans as they arrive, and how traces are decided. */
export interface Rules {
  /** 32-bit words that the found conditions of a trace take; at least 1. */
  readonly words: number;
  /**
   * The text of each condition, by its number. After a change of the policies, a condition with the same text means
   * the same, so that its bits can be kept; for others the spans must be read again.
   */
  readonly conditions: readonly string[];
  /** All outcomes that `decide` returns the numbers of. The first one is that no policy wanted the trace. */
  readonly outcomes: readonly Verdict[];
  /** The names of the policies in the order in which they are asked: first those that drop. */
  readonly policies: readonly string[];
  /** The votes of `policies` on the trace that was decided last: a `Vote` at the same place. */
  readonly votes: Uint8Array;
  /**
   * Sets the bits of the conditions that a resource satisfies, in `found` from `at` on. Bits that are set already are
   * not looked into again.
   */
  readResource(resource: ResourceView, found: Int32Array, at: number): void;
  /** The same for a span. */
  readSpan(span: SpanView, found: Int32Array, at: number, around: SpanSurroundings): void;
  /** Decides a trace: the number of an outcome. Limiters count it, so that it is called once for each trace. */
  decide(trace: TraceFacts): number;
}
