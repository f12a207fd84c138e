import type { RequestContext } from '../component/consumer.js';
import type { DeliveryError } from '../component/delivery-error.js';
import type { NoRoom } from '../component/reservation.js';
import type { Batch } from '../otlp/batch.js';
import { QueueAdmission, type QueueAdmissionOptions, type Granted } from './queue-admission.js';
import type { QueueSizer } from './config.js';
import { QueueAge } from './queue-age.js';
import { Entry, type Settled } from './entry.js';
import { sizeOf } from './size-of.js';

export interface QueueOptions extends QueueAdmissionOptions {
  readonly sizer: QueueSizer;
}

/** The end of a queue that requests leave by. */
export interface Outlet {
  /** Removes the oldest request whose export has not begun; undefined: there is none now. */
  next(): Entry | undefined;
  /** Nothing is left to be taken, now or later. */
  readonly empty: boolean;
}

/**
 * The requests that an exporter has accepted, in memory, first in first out. A request counts until it is settled, not
 * until its export begins.
 */
export class MemoryQueue implements Outlet {
  readonly #sizer: QueueSizer;
  readonly #admission: QueueAdmission;
  readonly #age: QueueAge;
  readonly #entries: (Entry | undefined)[] = [];
  #head = 0;

  constructor({ sizer, ...options }: QueueOptions) {
    this.#sizer = sizer;
    this.#admission = new QueueAdmission(options);
    this.#age = new QueueAge(options.clock);
  }

  /** Everything accepted and not settled, in units of the sizer. */
  get size(): number {
    return this.#admission.size;
  }

  /** Bytes that these keep alive. */
  get bytes(): number {
    return this.#admission.bytes;
  }

  /** Of the oldest request that is not settled; 0 when there is none. */
  get ageSeconds(): number {
    return this.#age.seconds;
  }

  get empty(): boolean {
    return this.#head === this.#entries.length && !this.#admission.blocks;
  }

  /**
   * Adds a copy of a request that the queue owns; `admitted` runs as soon as it is in. Throws or rejects with a
   * `DeliveryError` when it does not fit, or, where senders wait for room, when `sender` is cancelled first. `context`
   * stays with the queued request. `room` is what `reserve` returned, if it was called before, else the bytes that the
   * request keeps alive beside its batch.
   */
  offer(
    batch: Batch,
    sender: RequestContext,
    context: RequestContext,
    settled: Settled,
    admitted: () => void,
    room: Granted | number,
  ): Promise<void> | undefined {
    const reserved = typeof room !== 'number';
    const need = reserved ? room.size : sizeOf(batch, this.#sizer);
    const bytes = reserved ? room.bytes : batch.ownSize + room;
    const add = (): void => {
      const entry = new Entry(batch.own(), context, need, bytes, settled);
      this.#age.enter(entry);
      this.#entries.push(entry);
      admitted();
    };
    if (!reserved) return this.#admission.enter(need, bytes, sender, add);
    add();
    return undefined;
  }

  /**
   * Reserves room for a request that is offered or withdrawn within this turn. Returns the room, or why there is none.
   * `beside` are the bytes that it keeps alive beside its batch.
   */
  reserve(batch: Batch, beside: number): Granted | Omit<NoRoom, 'refuse'> {
    return this.#admission.reserve(sizeOf(batch, this.#sizer), batch.ownSize + beside);
  }

  /** Gives back the room of a request that was reserved in this turn and not offered. */
  withdraw(room: Granted): void {
    this.#admission.withdraw(room);
  }

  next(): Entry | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length || this.#head > 1024) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Frees the room of a settled request and admits senders that wait for it. */
  release(entry: Entry): void {
    this.#age.leave(entry);
    this.#admission.release(entry.size, entry.bytes);
  }

  /** Accepts no new sender; with `error` also refuses the senders that wait for room. */
  close(error?: DeliveryError): void {
    this.#admission.close(error);
  }
}
