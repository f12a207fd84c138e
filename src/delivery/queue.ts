import type { ByteBudget } from '../component/budget.js';
import type { Clock } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { Batch } from '../otlp/batch.js';
import type { QueueSizer } from './config.js';
import { Entry, type Settled } from './entry.js';
import { cancelled } from './send.js';
import { sizeOf } from './size-of.js';
import { waitFor } from './wait.js';

export interface QueueOptions {
  readonly capacity: number;
  readonly sizer: QueueSizer;
  /** Senders wait for room instead of being refused. */
  readonly block: boolean;
  readonly budget: ByteBudget;
  readonly clock: Clock;
}

/** A sender that waits for room. */
interface Blocked {
  readonly need: number;
  readonly bytes: number;
  admit(): void;
  refuse(error: DeliveryError): void;
}

/**
 * The requests that an exporter has accepted, in memory, first in first out. Bounded twice: by the capacity in units of
 * the sizer, and by the bytes that all queues of the process share. A request counts until it is settled, not until its
 * export begins.
 */
export class MemoryQueue {
  readonly #options: QueueOptions;
  readonly #entries: (Entry | undefined)[] = [];
  #head = 0;
  #size = 0;
  #blocked: Set<Blocked> = new Set();
  #stopListening: (() => void) | undefined;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Everything accepted and not settled, in units of the sizer. */
  get size(): number {
    return this.#size;
  }

  get empty(): boolean {
    return this.#head === this.#entries.length && this.#blocked.size === 0;
  }

  /**
   * Adds a copy of a request that the queue owns; `admitted` runs as soon as it is in. Throws or rejects with a
   * `DeliveryError` when it does not fit, or, where senders wait for room, when `sender` is cancelled first. `context`
   * stays with the queued request.
   */
  offer(
    batch: Batch,
    sender: RequestContext,
    context: RequestContext,
    settled: Settled,
    admitted: () => void,
  ): Promise<void> | undefined {
    const { capacity, sizer, block, budget } = this.#options;
    if (this.#closed) throw refusal('sending queue is stopped', 'shutdown');
    const need = sizeOf(batch, sizer);
    const bytes = batch.ownSize;
    if (need > capacity || bytes > budget.limit) throw refusal('element size too large', 'too_large');
    const add = (): void => {
      this.#size += need;
      this.#entries.push(new Entry(batch.own(), context, need, settled));
      admitted();
    };
    if (this.#blocked.size === 0 && this.#reserve(need, bytes)) {
      add();
      return undefined;
    }
    if (!block) throw refusal('sending queue is full', 'queue_full');
    return this.#waitForRoom(need, bytes, sender, add);
  }

  /** Removes the oldest request whose export has not begun. */
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
    this.#size -= entry.size;
    this.#options.budget.release(entry.bytes);
    this.#admit();
  }

  /** Accepts no new sender; with `error` also refuses the senders that wait for room. */
  close(error?: DeliveryError): void {
    this.#closed = true;
    if (error) for (const blocked of [...this.#blocked]) blocked.refuse(error);
  }

  #reserve(need: number, bytes: number): boolean {
    return this.#size + need <= this.#options.capacity && this.#options.budget.tryReserve(bytes);
  }

  async #waitForRoom(
    need: number,
    bytes: number,
    { deadline, signal }: RequestContext,
    add: () => void,
  ): Promise<void> {
    const end = await waitFor<DeliveryError | undefined>(
      { clock: this.#options.clock, deadline, signal },
      (decided) => {
        const blocked: Blocked = {
          need,
          bytes,
          admit: () => {
            decided(undefined);
            add();
          },
          refuse: decided,
        };
        this.#blocked.add(blocked);
        this.#listenForBytes();
        return () => this.#unblock(blocked);
      },
    );
    if (end.by !== 'event') throw cancelled(end.by);
    if (end.value) throw end.value;
  }

  #unblock(blocked: Blocked): void {
    this.#blocked.delete(blocked);
    if (this.#blocked.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  /** Other queues release bytes too. */
  #listenForBytes(): void {
    this.#stopListening ??= this.#options.budget.onceReleased(() => {
      this.#stopListening = undefined;
      this.#admit();
      if (this.#blocked.size > 0) this.#listenForBytes();
    });
  }

  /** In order of arrival: a small request does not overtake a large one that waits. */
  #admit(): void {
    for (const blocked of this.#blocked) {
      if (!this.#reserve(blocked.need, blocked.bytes)) return;
      blocked.admit();
    }
  }
}

function refusal(message: string, reason: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason, local: true });
}
