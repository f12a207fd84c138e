import type { Rules, TraceFacts } from '../../src/processors/tail_sampling/rules/rules.js';
import type { Batch } from '../../src/otlp/batch.js';
import { BatchCursor } from '../../src/otlp/view/batch-cursor.js';
import { SpanView } from '../../src/otlp/view/span.js';
import type { OttlSurroundings } from '../../src/processors/tail_sampling/rules/compile-ottl.js';
import { noServices } from '../../src/statements/services.js';

/** A trace as a processor would hold it, with objects and BigInts. */
export interface GatheredTrace {
  readonly id: string;
  readonly found: Int32Array;
  spans: number;
  bytes: number;
  start: bigint;
  end: bigint;
}

/** For rules whose conditions of OTTL need neither a clock nor a log. */
export const heldOttl: OttlSurroundings = { services: noServices, ignored: () => {}, failed: () => {} };

/** Feeds batches to rules as a processor does, and gathers what they need to decide. */
export class TraceGatherer {
  readonly traces: Map<string, GatheredTrace> = new Map();
  readonly #rules: Rules;
  readonly #spans: BatchCursor<SpanView> = new BatchCursor(new SpanView());

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  add(batch: Batch): void {
    const spans = this.#spans;
    const ofResource = new Int32Array(this.#rules.words);
    for (spans.open(batch); spans.nextResource();) {
      ofResource.fill(0);
      this.#rules.readResource(spans.resource, ofResource, 0);
      while (spans.nextScope())
        while (spans.nextItem()) {
          const span = spans.item;
          const trace = this.#trace(span.traceId.hex());
          for (const [i, word] of ofResource.entries()) trace.found[i] = (trace.found[i] ?? 0) | word;
          this.#rules.readSpan(span, trace.found, 0, spans);
          const start = span.startTimeUnixNano.toBigInt();
          const end = span.endTimeUnixNano.toBigInt();
          if (trace.spans === 0 || start < trace.start) trace.start = start;
          if (trace.spans === 0 || end > trace.end) trace.end = end;
          trace.spans++;
        }
    }
  }

  #trace(id: string): GatheredTrace {
    let trace = this.traces.get(id);
    if (trace === undefined) {
      const found = new Int32Array(this.#rules.words);
      trace = { id, found, spans: 0, bytes: 0, start: 0n, end: 0n };
      this.traces.set(id, trace);
    }
    return trace;
  }
}

export function factsOf(trace: GatheredTrace): TraceFacts {
  const { id, spans, bytes, found, start, end } = trace;
  const durationMs = Math.max(0, Number((end - start) / 1_000_000n));
  return { ids: Buffer.from(id, 'hex'), idAt: 0, spans, bytes, durationMs, found, foundAt: 0 };
}
