import type { Index } from './wire/item-index.js';
import { PiecewiseScan, scanAll } from './wire/piecewise-scan.js';
import { pieceBytes, type Work } from './work.js';
import { allocate, isPooled, release, retain } from '../runtime/memory/buffer-pool.js';
import type { Signal } from './signal.js';
import { keepShape } from '../runtime/memory/kept-shape.js';

/** Memory of a batch, its views and their buffers beside the bytes: matters where many tiny requests wait. */
const objects = 1024;

/**
 * The bytes of a body (received, inflated or compressed) and the memory under them. It has one owner at a time, which
 * calls `release` once when nothing reads the bytes any more, or never when that is in doubt: then the garbage
 * collector frees the memory.
 */
export class OwnedBytes<T extends Uint8Array = Uint8Array> {
  readonly bytes: T;

  /** For memory that a library allocated: the garbage collector frees it, and `release` has no effect. */
  constructor(bytes: T) {
    this.bytes = bytes;
  }

  /** `size` bytes from the buffer pool, with arbitrary content. */
  static allocate(size: number): OwnedBytes<Buffer> {
    return new OwnedBytes(allocate(size));
  }

  /** Returns the memory to the pool. The caller must not read `bytes` afterwards. */
  release(): void {
    release(this.bytes);
  }
}

/** The compressed body that a batch arrived as. */
export interface EncodedBody {
  /** As HTTP names it: `gzip`. */
  readonly encoding: string;
  readonly bytes: Uint8Array;
}

/** The share of a buffer that may lie idle beside a batch that is kept: copying would cost more than it saves. */
const idleShare = 1 / 16;

/**
 * Items of one signal as the bytes of an OTLP `Export<Signal>ServiceRequest`, never changed in place.
 * An untouched batch is the very buffer it came in; splitting and merging make new bytes from runs of old ones.
 */
export class Batch {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  /** Spans, data points, log records or profile samples. */
  readonly itemCount: number;
  /**
   * Bytes of memory that this batch keeps alive: the whole buffer under `bytes`, not the length of the slice, the index
   * it came with, and the objects around them. Never changes: what was taken from a budget is what is given back.
   */
  readonly keptAlive: number;
  /** Set while the batch is what a compressed body held, neither more nor less, so that it can leave as that body. */
  readonly encodedBody: EncodedBody | undefined;
  readonly #indexBytes: number;
  #index: Index | undefined;

  /** `bytes` must have passed `validate` or have been made from such bytes. */
  constructor(signal: Signal, bytes: Uint8Array, itemCount: number, index?: Index, encodedBody?: EncodedBody) {
    this.signal = signal;
    this.bytes = bytes;
    this.itemCount = itemCount;
    this.#index = index;
    this.#indexBytes = index?.byteLength ?? 0;
    this.encodedBody = encodedBody;
    this.keptAlive = bytes.buffer.byteLength + objects + this.#indexBytes + (encodedBody?.bytes.buffer.byteLength ?? 0);
  }

  /** Memory from the buffer pool for the bytes of a new batch, whose `release` returns it. */
  static allocate(size: number): Buffer {
    return allocate(size);
  }

  /** Returns memory of `allocate` that no batch was made of; without effect on any other. */
  static release(bytes: Uint8Array): void {
    release(bytes);
  }

  /** Where the resources, scopes and items lie in `bytes`; found on first use when the intake did not. */
  get index(): Index {
    return (this.#index ??= scanAll(this.signal, this.bytes).index);
  }

  /**
   * The search for the index of a large batch that has none yet, for a caller that lets the event loop go on in
   * between; undefined where `index` is found at once.
   */
  indexing(): Work | undefined {
    if (this.#index !== undefined || this.bytes.length <= pieceBytes) return undefined;
    const scan = new PiecewiseScan(this.signal, this.bytes);
    return {
      step: () => {
        const more = scan.step();
        if (!more) this.#index ??= scan.finish().index;
        return more;
      },
    };
  }

  /** The index when it has been found already. */
  get knownIndex(): Index | undefined {
    return this.#index;
  }

  /**
   * Units of the items in rows `[from, to)` of the index: spans, log records, data points or samples. Units are what
   * `itemCount` counts and what a batch can be cut between.
   */
  unitsIn(from: number, to: number): number {
    if (this.signal === 'traces' || this.signal === 'logs') return to - from;
    const { index } = this;
    let units = 0;
    for (let row = from; row < to; row++) units += index.pointCount(row);
    return units;
  }

  /** Bytes of memory that `own()` keeps alive. */
  get ownSize(): number {
    const index = this.#index?.byteLength ?? 0;
    return this.#tight
      ? this.keptAlive - this.#indexBytes + index
      : this.bytes.byteLength + objects + index + (this.encodedBody?.bytes.byteLength ?? 0);
  }

  /** The same batch with the body that it arrived as. */
  withEncodedBody(encodedBody: EncodedBody): Batch {
    return new Batch(this.signal, this.bytes, this.itemCount, this.#index, encodedBody);
  }

  /**
   * A batch with the same items whose memory is its own, to be kept beyond `consume`; `release` ends that. Memory that
   * is nearly all the batch's is shared, not copied. An index that was found since this batch was made counts in the
   * result.
   */
  own(): Batch {
    const { bytes, encodedBody } = this;
    const index = this.#index;
    if (this.#tight) {
      retain(bytes);
      if (encodedBody) retain(encodedBody.bytes);
      if (index === undefined || this.#indexBytes > 0) return this;
      return new Batch(this.signal, bytes, this.itemCount, index, encodedBody);
    }
    return new Batch(
      this.signal,
      copy(bytes),
      this.itemCount,
      index,
      encodedBody && { ...encodedBody, bytes: copy(encodedBody.bytes) },
    );
  }

  /**
   * Returns the memory to the pool. For the owner of the batch (its maker, or the caller of `own`) once no borrower
   * reads it any more; an owner that is not sure of that never calls it and leaves the memory to the garbage collector.
   */
  release(): void {
    release(this.bytes);
    if (this.encodedBody) release(this.encodedBody.bytes);
  }

  /** A borrower may still be reading the memory: it is not reused, even when all owners release it. */
  pin(): void {
    retain(this.bytes);
    if (this.encodedBody) retain(this.encodedBody.bytes);
  }

  get #tight(): boolean {
    return isTight(this.bytes) && (this.encodedBody === undefined || isTight(this.encodedBody.bytes));
  }
}

function isTight(bytes: Uint8Array): boolean {
  return isPooled(bytes) || bytes.buffer.byteLength - bytes.byteLength <= bytes.byteLength * idleShare;
}

function copy(bytes: Uint8Array): Uint8Array {
  const own = allocate(bytes.length);
  own.set(bytes);
  return own;
}

const none = new Uint8Array(0);
keepShape(new OwnedBytes(none));
keepShape(new Batch('traces', none, 0, scanAll('traces', none).index));
