import { indexOf, type Index } from './index-of.js';
import type { Signal } from './signal.js';

/** What a batch, its views and their buffers take beside the bytes: counts where many tiny requests wait. */
const objects = 1024;

function sizeOf({ resources, scopes, items }: Index): number {
  return resources.byteLength + scopes.byteLength + items.byteLength;
}

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
   * Bytes of memory that this batch keeps alive: the whole buffer under `bytes`, not the length of the slice, the index it came
   * with, and the objects around them. Never changes: what was taken from a budget is what is given back.
   */
  readonly keptAlive: number;
  readonly #indexBytes: number;
  #index: Index | undefined;

  /** `bytes` must have passed `validate` or have been made from such bytes. */
  constructor(signal: Signal, bytes: Uint8Array, itemCount: number, index?: Index) {
    this.signal = signal;
    this.bytes = bytes;
    this.itemCount = itemCount;
    this.#index = index;
    this.#indexBytes = index ? sizeOf(index) : 0;
    this.keptAlive = bytes.buffer.byteLength + objects + this.#indexBytes;
  }

  /** Where the resources, scopes and items lie in `bytes`; found on first use when the door did not. */
  get index(): Index {
    return (this.#index ??= indexOf(this.signal, this.bytes));
  }

  /** What `own()` keeps alive. */
  get ownSize(): number {
    return this.bytes.byteLength + objects + this.#indexBytes;
  }

  /** A batch with the same items whose buffer is exactly its own, for whoever keeps it beyond `consume`. */
  own(): Batch {
    if (this.bytes.byteLength === this.bytes.buffer.byteLength) return this;
    // An index found later was never counted; it can be found again.
    return new Batch(this.signal, new Uint8Array(this.bytes), this.itemCount, this.#indexBytes > 0 ? this.#index : undefined);
  }
}
