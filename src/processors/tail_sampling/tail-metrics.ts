import type { PipelineContext } from '../../component/define.js';
import type { Counter, Histogram } from '../../component/telemetry.js';
import { metrics } from './telemetry.js';

/** The values that are observed, by name of the metric. */
export interface PendingState {
  pendingTraces(): number;
  pendingSpans(): number;
  pendingBytes(): number;
  remembered(): number;
}

/** The metrics that are not about a single decision. */
export class TailMetrics {
  readonly newTraces: Counter;
  readonly tooLarge: Counter;
  readonly tickTime: Histogram;
  readonly lateAge: Histogram;
  readonly removalAge: Histogram;
  readonly #unobserve: readonly (() => void)[];
  readonly #keptLate: Counter;
  readonly #droppedLate: Counter;
  readonly #cached: (sampled: boolean) => Counter;

  constructor({ meter, id }: PipelineContext, observed: PendingState) {
    this.newTraces = meter.counter(metrics.newTraces, {});
    this.tooLarge = meter.counter(metrics.tooLarge, {});
    this.tickTime = meter.histogram(metrics.tickTime, {});
    this.lateAge = meter.histogram(metrics.lateAge, {});
    this.removalAge = meter.histogram(metrics.removalAge, {});
    // No trace is dropped before it is decided: this stays 0.
    meter.counter(metrics.droppedEarly, {}).add(0);
    const known = new Map<boolean, Counter>();
    this.#cached = (sampled) => {
      const counter = known.get(sampled) ?? meter.counter(metrics.cached, { sampled: String(sampled) });
      known.set(sampled, counter);
      return counter;
    };
    const processor = { processor: id };
    this.#keptLate = meter.counter(metrics.late, { ...processor, kept: true });
    this.#droppedLate = meter.counter(metrics.late, { ...processor, kept: false });
    this.#unobserve = [
      meter.observe(metrics.pendingTraces, {}, () => observed.pendingTraces()),
      meter.observe(metrics.pendingSpans, processor, () => observed.pendingSpans()),
      meter.observe(metrics.pendingBytes, processor, () => observed.pendingBytes()),
      meter.observe(metrics.remembered, processor, () => observed.remembered()),
    ];
  }

  countLate(kept: number, dropped: number): void {
    if (kept > 0) this.#keptLate.add(kept);
    if (dropped > 0) this.#droppedLate.add(dropped);
  }

  /** Late spans that followed a decision of a cache that was asked for. */
  countCached(sampled: boolean, spans: number): void {
    if (spans > 0) this.#cached(sampled).add(spans);
  }

  close(): void {
    for (const stop of this.#unobserve) stop();
  }
}
