import { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { MessageWriter } from './message-writer.js';

const resourcesTag = tagOf('MetricsData', 'resource_metrics');
const scopesTag = tagOf('ResourceMetrics', 'scope_metrics');
const metricsTag = tagOf('ScopeMetrics', 'metrics');
// All kinds of data have their points in the same field.
const pointsTag = tagOf('Gauge', 'data_points');

/** Parts that are open, from outside to inside. */
const level = { none: 0, resource: 1, scope: 2, metric: 3 } as const;

/**
 * Writes a batch of metrics from bytes that were kept: of resources, scopes and metrics without what they hold, and of
 * points. Each call closes what is open below its part.
 */
export class StoredMetrics {
  readonly #writer: MessageWriter = new MessageWriter();
  #level: number = level.none;
  /** Points so far. */
  itemCount = 0;

  /** Bytes of the batch so far, about. */
  get size(): number {
    return this.#writer.size;
  }

  resource(bytes: Buffer, from: number, to: number): void {
    this.#closeTo(level.none);
    this.#open(resourcesTag, level.resource);
    this.#writer.rawRun(bytes, from, to);
  }

  scope(bytes: Buffer, from: number, to: number): void {
    this.#closeTo(level.resource);
    this.#open(scopesTag, level.scope);
    this.#writer.rawRun(bytes, from, to);
  }

  /** Begins a metric: its fields, the tag of its data, and the fields of these, which begin at `middle`. */
  metric(bytes: Buffer, from: number, middle: number, to: number, dataTag: number): void {
    this.#closeTo(level.scope);
    this.#open(metricsTag, level.metric);
    this.#writer.rawRun(bytes, from, middle);
    this.#writer.tag(dataTag);
    this.#writer.open();
    this.#writer.rawRun(bytes, middle, to);
  }

  point(bytes: Buffer, from: number, to: number): void {
    this.#writer.tag(pointsTag);
    this.#writer.delimitedRun(bytes, from, to);
    this.itemCount++;
  }

  /** A batch of what was written, in memory of the buffer pool; its owner is the caller. The writer is empty again. */
  finish(): Batch {
    this.#closeTo(level.none);
    const batch = new Batch('metrics', this.#writer.finish(Batch.allocate), this.itemCount);
    this.itemCount = 0;
    return batch;
  }

  #open(tag: number, part: number): void {
    this.#writer.tag(tag);
    this.#writer.open();
    this.#level = part;
  }

  #closeTo(part: number): void {
    for (; this.#level > part; this.#level--) {
      this.#writer.close();
      // A metric has its data open as well.
      if (this.#level === level.metric) this.#writer.close();
    }
  }
}
