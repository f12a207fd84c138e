import { indexOf, type Index } from './index-of.js';
import type { Signal } from './signal.js';

/**
 * Items of one signal as the bytes of an OTLP `Export<Signal>ServiceRequest`, never changed in place.
 * An untouched batch is the very buffer it came in; splitting and merging make new bytes from runs of old ones.
 */
export class Batch {
  readonly signal: Signal;
  readonly bytes: Uint8Array;
  /** Spans, data points, log records or profile samples. */
  readonly itemCount: number;
  #index: Index | undefined;

  /** `bytes` must have passed `validate` or have been made from such bytes. */
  constructor(signal: Signal, bytes: Uint8Array, itemCount: number, index?: Index) {
    this.signal = signal;
    this.bytes = bytes;
    this.itemCount = itemCount;
    this.#index = index;
  }

  /** Where the resources, scopes and items lie in `bytes`; found on first use when the door did not. */
  get index(): Index {
    return (this.#index ??= indexOf(this.signal, this.bytes));
  }

  /** Bytes of memory that this batch keeps alive: the whole buffer under `bytes`, not the length of the slice. */
  get keptAlive(): number {
    return this.bytes.buffer.byteLength;
  }

  /** A batch with the same items whose buffer is exactly its own, for whoever keeps it beyond `consume`. */
  own(): Batch {
    if (this.bytes.byteLength === this.bytes.buffer.byteLength) return this;
    return new Batch(this.signal, new Uint8Array(this.bytes), this.itemCount, this.#index);
  }
}
