import type { ByteShare } from '../component/budget.js';
import type { Clock } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { NoRoom } from '../component/reservation.js';
import { cancelled } from './send.js';
import { waitFor } from './wait.js';

export interface QueueAdmissionOptions {
  /** In units of the queue's sizer. */
  readonly capacity: number;
  /** Senders wait for room instead of being refused. */
  readonly block: boolean;
  readonly budget: ByteShare;
  readonly clock: Clock;
}

/** Room in a queue that was reserved for one request. */
export interface Granted {
  readonly granted: true;
  /** In units of the sizer. */
  readonly size: number;
  /**
   * Bytes that were reserved. Another consumer of the same batch may find its index in between, so that its size is not
   * asked for again.
   */
  readonly bytes: number;
}

/** A sender that waits for room. */
interface Blocked {
  readonly need: number;
  readonly bytes: number;
  /** There is room, which is kept for it within this call. */
  admit(): void;
  refuse(error: DeliveryError): void;
}

/**
 * The room of a queue, bounded twice: by the capacity in units of the sizer, and by the queue's share of the bytes that
 * all queues of the process keep alive.
 */
export class QueueAdmission {
  readonly #options: QueueAdmissionOptions;
  #size = 0;
  #bytes = 0;
  readonly #blocked: Set<Blocked> = new Set();
  #stopListening: (() => void) | undefined;
  #closed = false;
  /** A sender that waited has its turn: it is not behind those that still wait. */
  #admitting = false;

  constructor(options: QueueAdmissionOptions) {
    this.#options = options;
  }

  /** Everything accepted and not settled, in units of the sizer. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that these keep alive. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Senders wait. */
  get blocks(): boolean {
    return this.#blocked.size > 0;
  }

  /**
   * Runs `add` once there is room, which is taken for it: in this call where there is some. Throws or rejects with a
   * `DeliveryError` when it does not fit, or, where senders wait for room, when `sender` is cancelled first.
   */
  enter(need: number, bytes: number, sender: RequestContext, add: () => void): Promise<void> | undefined {
    const never = this.#neverFits(need, bytes);
    if (never) throw never;
    if (!this.#tryReserve(need, bytes)) {
      if (!this.#options.block) throw full();
      return this.#waitForRoom(need, bytes, sender, add);
    }
    add();
    return undefined;
  }

  /** Reserves room for a request that comes in, or is withdrawn, within this turn. Returns it, or why there is none. */
  reserve(need: number, bytes: number): Granted | Omit<NoRoom, 'refuse'> {
    const never = this.#neverFits(need, bytes);
    if (never) return { granted: false, error: never };
    if (this.#tryReserve(need, bytes)) return { granted: true, size: need, bytes };
    const whenRoom = (retry: () => void): (() => void) => {
      // A retry after the end of a drain is refused by `#neverFits`.
      const blocked: Blocked = { need, bytes, admit: retry, refuse: retry };
      this.#block(blocked);
      return () => this.#unblock(blocked);
    };
    return { granted: false, error: full(), whenRoom: this.#options.block ? whenRoom : undefined };
  }

  /** Gives back the room of a request that was reserved in this turn and did not come in. */
  withdraw({ size, bytes }: Granted): void {
    this.#size -= size;
    this.#bytes -= bytes;
    this.#options.budget.withdraw(bytes);
  }

  /** Frees the room of a settled request and admits senders that wait for it. */
  release(size: number, bytes: number): void {
    this.#size -= size;
    this.#bytes -= bytes;
    this.#options.budget.release(bytes);
    this.#admit();
  }

  /** Counts a request that there was before, whether there is room for it or not. */
  restore(size: number): void {
    this.#size += size;
  }

  /** Takes bytes for a request that is in already; false, and nothing is taken, when there are none. */
  takeBytes(bytes: number): boolean {
    if (!this.#options.budget.tryReserve(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Accepts no new sender; with `error` also refuses the senders that wait for room. */
  close(error?: DeliveryError): void {
    this.#closed = true;
    if (error) for (const blocked of [...this.#blocked]) blocked.refuse(error);
  }

  /** The refusal of a request that waiting would not help. */
  #neverFits(need: number, bytes: number): DeliveryError | undefined {
    // A sender that waited already may still come in while the queue drains.
    if (this.#closed && !this.#admitting) return refusal('sending queue is stopped', 'shutdown');
    const { capacity, budget } = this.#options;
    return need > capacity || bytes > budget.limit ? refusal('element size too large', 'too_large') : undefined;
  }

  /** A small request does not overtake a large one that waits. */
  #tryReserve(need: number, bytes: number): boolean {
    if (this.#blocked.size > 0 && !this.#admitting) return false;
    if (!this.#fits(need, bytes)) return false;
    this.#take(need, bytes);
    return true;
  }

  #fits(need: number, bytes: number): boolean {
    return this.#size + need <= this.#options.capacity && this.#options.budget.fits(bytes);
  }

  #take(need: number, bytes: number): void {
    this.#size += need;
    this.#bytes += bytes;
    this.#options.budget.tryReserve(bytes);
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
            this.#take(need, bytes);
            decided(undefined);
            add();
          },
          refuse: decided,
        };
        this.#block(blocked);
        return () => this.#unblock(blocked);
      },
    );
    if (end.by !== 'event') throw cancelled(end.by);
    if (end.value) throw end.value;
  }

  #block(blocked: Blocked): void {
    this.#blocked.add(blocked);
    this.#listenForBytes();
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

  /** In order of arrival. */
  #admit(): void {
    if (this.#blocked.size === 0) return;
    // One that finds no room elsewhere comes again, behind these.
    for (const blocked of [...this.#blocked]) {
      // It may have come in, or left, while another one did.
      if (!this.#blocked.has(blocked)) continue;
      if (!this.#fits(blocked.need, blocked.bytes)) return;
      this.#unblock(blocked);
      this.#admitting = true;
      blocked.admit();
      this.#admitting = false;
    }
  }
}

function full(): DeliveryError {
  return refusal('sending queue is full', 'queue_full');
}

function refusal(message: string, reason: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason, local: true });
}
