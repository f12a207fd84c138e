import type { Clock } from '../component/clock.js';
import { emptyContext, type RequestContext } from '../component/consumer.js';
import type { Batch } from '../otlp/batch.js';
import { merge } from '../otlp/parts/merge.js';
import { splitByBytes } from '../otlp/parts/split-by-bytes.js';
import { splitByCount } from '../otlp/parts/partition.js';
import type { QueueBatchConfig } from './config.js';
import type { Entry } from './entry.js';
import { sizeOf } from './queue.js';

/** What leaves in one export, and the requests it came from. */
export interface Flush {
  readonly batch: Batch;
  readonly sources: readonly Entry[];
  readonly context: RequestContext;
}

interface Partition {
  readonly key: string;
  readonly pieces: Batch[];
  readonly sources: Entry[];
  size: number;
  stopTimer: (() => void) | undefined;
}

export interface BatcherParts {
  readonly clock: Clock;
  /** A batch became ready by its timer. */
  onReady(): void;
  /** Items that no batch may hold, because one alone is above `max_size`. */
  tooLarge(entry: Entry, batch: Batch): void;
}

/**
 * `sending_queue::batch` (docs/spec/core.md#sending-queue): requests wait, by the values of the partition keys, until
 * there are `min_size` or the first has waited `flush_timeout`; nothing larger than `max_size` leaves, and what waits
 * is filled up to it.
 */
export class Batcher {
  readonly #config: QueueBatchConfig;
  readonly #parts: BatcherParts;
  readonly #keys: readonly string[];
  /** Only those with something in them, so that their number is bounded by the queue. */
  readonly #partitions: Map<string, Partition> = new Map();
  #ready: Flush[] = [];

  constructor(config: QueueBatchConfig, parts: BatcherParts) {
    this.#config = config;
    this.#parts = parts;
    this.#keys = config.partition.metadata_keys.map((key) => key.toLowerCase());
  }

  get ready(): boolean {
    return this.#ready.length > 0;
  }

  get empty(): boolean {
    return this.#ready.length === 0 && this.#partitions.size === 0;
  }

  take(): Flush | undefined {
    return this.#ready.shift();
  }

  add(entry: Entry): void {
    // Held open until all its parts are known.
    entry.open();
    const { min_size: min, max_size: max, sizer } = this.#config;
    const partition = this.#partitionOf(entry.context);
    const { batch } = entry;
    if (batch.signal === 'profiles') {
      // A profiles request has one dictionary for all: it neither merges nor splits.
      this.#put(partition, batch, sizeOf(batch, sizer), entry);
      this.#flush(partition);
    } else {
      const size = sizeOf(batch, sizer);
      const pieces = max > 0 && partition.size + size > max ? this.#cut(entry, max - partition.size) : [batch];
      pieces.forEach((piece, i) => {
        const pieceSize = piece === batch ? size : sizeOf(piece, sizer);
        if (max > 0 && partition.size > 0 && partition.size + pieceSize > max) this.#flush(partition);
        this.#put(partition, piece, pieceSize, entry);
        if (i < pieces.length - 1 || partition.size >= min) this.#flush(partition);
      });
    }
    entry.close();
  }

  /** Makes everything that waits ready. */
  flushAll(): void {
    for (const partition of [...this.#partitions.values()]) this.#flush(partition);
  }

  #cut(entry: Entry, room: number): readonly Batch[] {
    const { max_size: max, sizer } = this.#config;
    if (sizer === 'items') return splitByCount(entry.batch, room, max);
    const { parts, tooLarge } = splitByBytes(entry.batch, room, max);
    if (tooLarge) this.#parts.tooLarge(entry, tooLarge);
    return parts;
  }

  #partitionOf(context: RequestContext): Partition {
    const key = this.#keys.length === 0 ? '' : JSON.stringify(this.#keys.map((name) => context.metadata.get(name) ?? null));
    return this.#partitions.get(key) ?? { key, pieces: [], sources: [], size: 0, stopTimer: undefined };
  }

  #put(partition: Partition, piece: Batch, size: number, entry: Entry): void {
    this.#partitions.set(partition.key, partition);
    partition.pieces.push(piece);
    partition.size += size;
    if (partition.sources.at(-1) !== entry) {
      partition.sources.push(entry);
      entry.open();
    }
    partition.stopTimer ??= this.#parts.clock.after(this.#config.flush_timeout, () => {
      this.#flush(partition);
      this.#parts.onReady();
    });
  }

  #flush(partition: Partition): void {
    partition.stopTimer?.();
    partition.stopTimer = undefined;
    const sources = partition.sources.splice(0);
    const pieces = partition.pieces.splice(0);
    partition.size = 0;
    this.#partitions.delete(partition.key);
    const [first] = sources;
    if (first === undefined) return;
    this.#ready.push({ batch: merge(pieces), sources, context: sources.length === 1 ? first.context : this.#shared(first.context) });
  }

  /** What requests of one partition have in common. */
  #shared(context: RequestContext): RequestContext {
    if (this.#keys.length === 0) return emptyContext;
    const metadata = new Map<string, readonly string[]>();
    for (const key of this.#keys) {
      const values = context.metadata.get(key);
      if (values) metadata.set(key, values);
    }
    return { metadata };
  }
}
