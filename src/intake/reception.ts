import { OwnedBytes } from '../otlp/batch.js';
import type { Reservation } from './admission.js';
import type { RequestRefusal } from './request-state.js';

/** Size of the buffer for a body that does not declare its size, bytes. */
const firstSize = 64 * 1024;
/** The reservation grows in steps of this size, bytes. */
const reservationStep = 64 * 1024;

/**
 * Receives a body into one buffer. Memory is reserved for the bytes that have arrived, not for the declared size: a
 * sender that declares a large body and sends little of it must not take the memory of others, and the untouched pages
 * of a buffer are not memory yet.
 */
export class Reception {
  readonly #reservation: Reservation;
  readonly #limit: number;
  #buffer: OwnedBytes<Buffer>;
  #size = 0;

  /** `declared` is the size of the whole body; undefined when it is not known. `limit` bounds the body, bytes. */
  constructor(reservation: Reservation, limit: number, declared: number | undefined) {
    this.#reservation = reservation;
    this.#limit = limit;
    this.#buffer = OwnedBytes.allocate(declared !== undefined && declared <= limit ? declared : firstSize);
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
    const capacity = size <= before ? before : Math.min(this.#limit, Math.max(size, before * 2));
    const arrived = Math.ceil(size / reservationStep) * reservationStep;
    if (!this.#reservation.resize(Math.min(capacity, arrived))) return this.#refuse({ kind: 'no_memory' });
    if (capacity > before) this.#move(capacity);
    this.#buffer.bytes.set(to - from === bytes.length ? bytes : bytes.subarray(from, to), this.#size);
    this.#size = size;
    return undefined;
  }

  /** The complete body, whose memory the caller owns. */
  complete(): OwnedBytes {
    const size = this.#size;
    const spare = this.#buffer.bytes.length - size;
    if (spare === 0) return this.#buffer;
    if (spare > this.#buffer.bytes.length / 8) this.#move(size);
    this.#reservation.resize(size);
    return new OwnedBytes(this.#buffer.bytes.subarray(0, size));
  }

  /** Releases the memory of a body that will not be complete. */
  abandon(): void {
    this.#buffer.release();
  }

  #refuse(refusal: RequestRefusal): RequestRefusal {
    this.abandon();
    return refusal;
  }

  #move(capacity: number): void {
    const next = OwnedBytes.allocate(capacity);
    next.bytes.set(this.#buffer.bytes.subarray(0, this.#size));
    this.#buffer.release();
    this.#buffer = next;
  }
}
