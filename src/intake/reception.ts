import { OwnedBytes } from '../otlp/batch.js';
import type { Reservation } from './admission.js';
import type { RequestRefusal } from './request-state.js';
import { keepShape, unset } from '../runtime/memory/kept-shape.js';

/** Size of the first buffer for a body that does not declare its size, bytes. */
const firstSize = 64 * 1024;
/** The reservation grows in steps of these sizes, bytes: of one page while a body is smaller than `firstSize`. */
const firstStep = 4096;
const reservationStep = 64 * 1024;
/**
 * Bytes that all bodies together may have allocated beyond what has arrived. A body of a declared size gets its one
 * buffer at once, untouched pages of which are not memory yet; but V8 collects garbage for them as if they were, so
 * that thousands of large bodies which never come have to do with buffers that grow.
 */
const mostAhead = 32 * 2 ** 20;

/** Those bytes. */
let ahead = 0;

/**
 * Receives a body into one buffer. Memory is reserved for the bytes that have arrived, not for the declared size: a
 * sender that declares a large body and sends little of it must not take the memory of others.
 */
export class Reception {
  readonly #reservation: Reservation;
  /** The buffer is never larger than this. */
  readonly #most: number;
  readonly #limit: number;
  /** Bytes of `ahead` that are this body's. */
  #ahead = 0;
  #buffer: OwnedBytes<Buffer>;
  #size = 0;

  /** `declared` is the size of the whole body; undefined when it is not known. `limit` bounds the body, bytes. */
  constructor(reservation: Reservation, limit: number, declared: number | undefined) {
    this.#reservation = reservation;
    this.#limit = limit;
    const known = declared !== undefined && declared <= limit;
    this.#most = known ? declared : limit;
    if (known && declared > firstSize && ahead + declared <= mostAhead) {
      this.#ahead = declared;
      ahead += declared;
    }
    this.#buffer = OwnedBytes.allocate(known && (declared <= firstSize || this.#ahead > 0) ? declared : firstSize);
  }

  /** Bytes that have arrived. */
  get size(): number {
    return this.#size;
  }

  /** Copies `bytes[from..to)`. A refusal ends the reception and releases its memory. */
  append(bytes: Uint8Array, from: number, to: number): RequestRefusal | undefined {
    const size = this.#size + to - from;
    if (size > this.#limit) return this.#refuse({ kind: 'too_large', limit: this.#limit, size });
    const before = this.#buffer.bytes.length;
    // A body that is longer than declared is ended by the transport; here it only grows.
    const capacity = size <= before ? before : Math.max(size, Math.min(this.#most, before * 2));
    const step = size < firstSize ? firstStep : reservationStep;
    const arrived = Math.ceil(size / step) * step;
    if (!this.#reservation.resize(Math.min(capacity, arrived))) return this.#refuse({ kind: 'no_memory' });
    if (capacity > before) this.#move(capacity);
    this.#buffer.bytes.set(to - from === bytes.length ? bytes : bytes.subarray(from, to), this.#size);
    this.#size = size;
    if (this.#ahead > 0) this.#arrived(Math.min(this.#ahead, to - from));
    return undefined;
  }

  /** The complete body, whose memory the caller owns. */
  complete(): OwnedBytes {
    this.#arrived(this.#ahead);
    const size = this.#size;
    const spare = this.#buffer.bytes.length - size;
    if (spare === 0) return this.#buffer;
    if (spare > this.#buffer.bytes.length / 8) this.#move(size);
    this.#reservation.resize(size);
    return new OwnedBytes(this.#buffer.bytes.subarray(0, size));
  }

  /** Releases the memory of a body that will not be complete. */
  abandon(): void {
    this.#arrived(this.#ahead);
    this.#buffer.release();
  }

  #refuse(refusal: RequestRefusal): RequestRefusal {
    this.abandon();
    return refusal;
  }

  #arrived(bytes: number): void {
    this.#ahead -= bytes;
    ahead -= bytes;
  }

  #move(capacity: number): void {
    const next = OwnedBytes.allocate(capacity);
    next.bytes.set(this.#buffer.bytes.subarray(0, this.#size));
    this.#buffer.release();
    this.#buffer = next;
  }
}

keepShape(new Reception(unset, 0, 0));
