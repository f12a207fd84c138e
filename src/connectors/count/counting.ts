import { Counts } from '../../aggregation/counts.js';
import { checkMetricsSize } from '../../aggregation/metrics-limit.js';
import type { Batch } from '../../otlp/batch.js';
import { MetricBuilder } from '../../otlp/build/metrics.js';
import { BatchCursor } from '../../otlp/view/batch-cursor.js';
import type { MessageView } from '../../otlp/view/message.js';
import { Word64 } from '../../otlp/view/word64.js';
import type { InPieces } from '../../otlp/work.js';
import type { BatchScene, ScenePlace } from '../../ottl/contexts/batch-scene.js';
import type { ClientInfo } from '../../ottl/scene.js';
import { itemView } from '../../ottl/walk/level.js';
import { ReadingWalk } from '../../ottl/walk/reading-walk.js';
import { MetricCounter, type CountedTimes, type CountPlan } from './metric-counter.js';
import type { CountedSection } from './sections.js';

/** The Collector's, so that dashboards and rules go on. */
const scopeName = 'github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector';
/** Points that are written in one piece of work. */
const pointsAtOnce = 4096;
const nanosPerMs = 1_000_000n;

export interface SectionPlan {
  readonly section: CountedSection;
  readonly metrics: readonly CountPlan[];
}

/** Counts the items of batches of one signal, one batch at a time, and makes the metrics of each. */
export class Counting {
  readonly #sections: readonly SectionCounter[];
  readonly #cursor: BatchCursor<MessageView>;
  #builder: MetricBuilder = new MetricBuilder();

  /** @param plans - of one signal; at least one */
  constructor(plans: readonly SectionPlan[]) {
    this.#sections = plans.map((plan) => new SectionCounter(plan));
    this.#cursor = new BatchCursor(itemView(plans[0]?.section.context ?? 'span'));
  }

  /**
   * The metrics of a batch; undefined when nothing was counted. `unixMs`: the time of points whose items have none.
   * Throws an `OttlError` where a condition fails.
   */
  *counting(batch: Batch, client: ClientInfo, unixMs: number): InPieces<Batch | undefined> {
    let isDone = false;
    try {
      for (const section of this.#sections) yield* section.counting(batch, client);
      const metrics = yield* this.#writing(batch, unixMs);
      isDone = true;
      return metrics;
    } finally {
      if (!isDone) this.#builder = new MetricBuilder();
      for (const section of this.#sections) section.clear();
      this.#cursor.close();
    }
  }

  *#writing(batch: Batch, unixMs: number): InPieces<Batch | undefined> {
    const builder = this.#builder;
    const cursor = this.#cursor.open(batch);
    let written = 0;
    while (cursor.nextResource()) {
      const resource = cursor.resourceRow;
      let isOpen = false;
      for (const section of this.#sections) {
        if (!section.hasPointsOf(resource)) continue;
        if (!isOpen) {
          builder.resource();
          for (const entry = cursor.resource.attributes(); entry.next();) builder.attributeOf(entry);
          builder.scope(scopeName);
          isOpen = true;
        }
        yield* section.writing(resource, unixMs, builder);
      }
      checkMetricsSize(builder.size);
      if (builder.itemCount - written < pointsAtOnce) continue;
      written = builder.itemCount;
      yield;
    }
    return builder.itemCount === 0 ? undefined : yield* builder.finishing();
  }
}

/** Counts the items of one section for all of its metrics. */
class SectionCounter {
  readonly #section: CountedSection;
  readonly #metrics: readonly MetricCounter[];
  readonly #walk: ReadingWalk;
  readonly #visit: (scene: BatchScene) => void;
  /** By resource: the earliest and the latest time of its items; 0: none has a time. */
  readonly #earliest: Counts = new Counts();
  readonly #latest: Counts = new Counts();
  readonly #time: Word64 = new Word64();

  constructor({ section, metrics }: SectionPlan) {
    this.#section = section;
    this.#walk = new ReadingWalk(section.context);
    const around: readonly ScenePlace[] = ['scope', 'resource'];
    const places = section.hasAttributes ? [section.place, ...around] : around;
    const counters = metrics.map((metric) => new MetricCounter(metric, places));
    this.#metrics = counters;
    this.#visit = (scene) => {
      const resource = this.#walk.resourceRow;
      this.#addTimes(scene, resource);
      for (const counter of counters) counter.count(scene, resource);
    };
  }

  counting(batch: Batch, client: ClientInfo): InPieces<void> {
    this.#earliest.clear().resize(batch.index.resourceCount);
    this.#latest.clear().resize(batch.index.resourceCount);
    return this.#walk.reading(batch, client, this.#visit);
  }

  hasPointsOf(resource: number): boolean {
    for (const metric of this.#metrics) if (metric.hasPointsOf(resource)) return true;
    return false;
  }

  /** Writes the metrics of a resource, in pieces of work. */
  *writing(resource: number, unixMs: number, to: MetricBuilder): InPieces<void> {
    const times = this.#timesOf(resource, unixMs);
    for (const metric of this.#metrics) {
      if (!metric.hasPointsOf(resource)) continue;
      metric.begin(to);
      while (metric.write(resource, times, to, pointsAtOnce)) {
        checkMetricsSize(to.size);
        yield;
      }
    }
  }

  clear(): void {
    for (const metric of this.#metrics) metric.clear();
  }

  /** Items that are not counted add their times as well, as in the Collector. */
  #addTimes(scene: BatchScene, resource: number): void {
    const { times, place } = this.#section;
    if (times.length === 0) return;
    const fields = scene.fields(place);
    for (const number of times) {
      const { low, high } = fields.fixed64(number, this.#time);
      if (low === 0 && high === 0) continue;
      if (this.#earliest.isZero(resource) || compare(this.#earliest, resource, low, high) > 0)
        this.#earliest.set(resource, low, high);
      if (compare(this.#latest, resource, low, high) < 0) this.#latest.set(resource, low, high);
    }
  }

  #timesOf(resource: number, unixMs: number): CountedTimes {
    if (this.#earliest.isZero(resource)) return { startMs: unixMs, startNanos: 0, endMs: unixMs, endNanos: 0 };
    const start = nanosOf(this.#earliest, resource);
    const end = nanosOf(this.#latest, resource);
    return {
      startMs: Number(start / nanosPerMs),
      startNanos: Number(start % nanosPerMs),
      endMs: Number(end / nanosPerMs),
      endNanos: Number(end % nanosPerMs),
    };
  }
}

function compare(counts: Counts, i: number, low: number, high: number): number {
  return counts.high(i) === high ? counts.low(i) - low : counts.high(i) - high;
}

function nanosOf(counts: Counts, i: number): bigint {
  return (BigInt(counts.high(i)) << 32n) | BigInt(counts.low(i));
}
