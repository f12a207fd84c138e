import type { Clock } from '../component/clock.js';
import { emptyContext, type RequestContext } from '../component/consumer.js';
import type { Batch } from '../otlp/batch.js';
import { Accumulator, cutBytes, type BatchLimits, type SharedBatch } from './accumulator.js';
import type { QueueBatchConfig } from './config.js';
import type { Entry } from './entry.js';
import { MetadataKeys } from './metadata-keys.js';

/** One export: its batch, the requests whose items it has, and the context it is sent with. */
export interface Export extends SharedBatch<Entry> {
  readonly context: RequestContext;
}

export interface BatcherParts {
  readonly clock: Clock;
  /** A batch became ready. */
  onReady(): void;
  /** Items that no batch may have, because one alone is above `max_size`. */
  tooLarge(entry: Entry, batch: Batch): void;
}

/**
 * `sending_queue::batch` (docs/spec/core.md#sending-queue): requests wait to leave together, apart by the values of the
 * partition keys.
 */
export class Batcher {
  readonly #limits: BatchLimits;
  readonly #parts: BatcherParts;
  readonly #keys: MetadataKeys;
  /** Only those where something waits, so that their number is bounded by the queue. */
  readonly #partitions: Map<string, Accumulator<Entry>> = new Map();
  #ready: Export[] = [];
  #cutting = false;

  constructor(config: QueueBatchConfig, parts: BatcherParts) {
    const { min_size: minSize, max_size: maxSize, sizer, flush_timeout: timeoutMs, partition } = config;
    this.#limits = { minSize, maxSize, sizer, timeoutMs, timer: 'first-waiting' };
    this.#parts = parts;
    this.#keys = new MetadataKeys(partition.metadata_keys);
  }

  get ready(): boolean {
    return this.#ready.length > 0;
  }

  get empty(): boolean {
    return this.#ready.length === 0 && this.#partitions.size === 0 && !this.#cutting;
  }

  /** A large request is being cut; the next one is added after it. */
  get cutting(): boolean {
    return this.#cutting;
  }

  next(): Export | undefined {
    return this.#ready.shift();
  }

  /** Throws a `DeliveryError` when a request of this context can't be batched. */
  check(context: RequestContext): void {
    this.#keys.partitionOf(context);
  }

  /** Bytes that the parts of a request take beyond its own when it is cut. */
  cutBytes(batch: Batch): number {
    return cutBytes(batch, this.#limits);
  }

  /** Returns undefined, or for a request that is cut in several turns a promise of their end; `cutting` is set then. */
  add(entry: Entry): Promise<void> | undefined {
    // Open until all its parts are known.
    entry.open();
    const key = this.#keys.partitionOf(entry.context);
    const partition = this.#partitions.get(key) ?? this.#partition(key);
    const added = (): void => {
      this.#cutting = false;
      if (!partition.empty) this.#partitions.set(key, partition);
      entry.close();
    };
    const adding = partition.add(entry.batch, entry);
    if (typeof adding !== 'number') {
      this.#cutting = true;
      return adding.then(added);
    }
    added();
    return undefined;
  }

  /** Makes everything that waits ready. */
  flushAll(): void {
    for (const partition of [...this.#partitions.values()]) partition.flush('timeout');
  }

  #partition(key: string): Accumulator<Entry> {
    const { clock, onReady, tooLarge } = this.#parts;
    return new Accumulator<Entry>(this.#limits, {
      clock,
      tooLarge,
      joins: (entry) => entry.open(),
      leaves: ({ batch, shares }) => {
        this.#partitions.delete(key);
        this.#ready.push({ batch, shares, context: this.#contextOf(shares) });
        onReady();
      },
    });
  }

  /**
   * A batch of one request has that request's context; several have in common only what put them into one partition.
   */
  #contextOf([first, ...others]: SharedBatch<Entry>['shares']): RequestContext {
    if (!first) return emptyContext;
    return others.length === 0 ? first.source.context : this.#keys.shared(first.source.context);
  }
}
