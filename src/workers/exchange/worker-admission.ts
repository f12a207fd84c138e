import type { Clock } from '../../component/clock.js';
import type { RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { cancelled } from '../../delivery/send.js';
import { waitFor } from '../../delivery/wait.js';

/**
 * How long a batch waits for a worker that is being replaced, milliseconds; less when its sender's deadline is earlier.
 */
const mostAbsenceMs = 5000;
/** How soon a refused sender may repeat its request, milliseconds. */
const retryAfterMs = 1000;

export interface WorkerAdmissionOptions<T> {
  readonly clock: Clock;
  /** The number of the worker. */
  readonly worker: number;
  /** Maximum bytes in flight, and as many may wait behind them. */
  readonly mostBytes: number;
  /** The way to the worker; undefined while it is not there. */
  find(): T | undefined;
  /** The workers of the set end, and none is replaced any more. */
  ending(): boolean;
}

interface Waiter<T> {
  readonly bytes: number;
  settle(result: T | DeliveryError): void;
}

/**
 * Admits batches to one worker, in their order, and bounds the bytes in flight. Batches wait while the worker is slow,
 * as long as their sender does, or while it is being replaced, for a bounded time; the bytes that wait are bounded,
 * too.
 */
export class WorkerAdmission<T extends object> {
  readonly #options: WorkerAdmissionOptions<T>;
  readonly #waiting: Waiter<T>[] = [];
  #inFlight = 0;
  #waitingBytes = 0;

  constructor(options: WorkerAdmissionOptions<T>) {
    this.#options = options;
  }

  /**
   * The way to the worker, with `bytes` in flight until `done`. Rejects with a `DeliveryError` when there is no room or
   * no worker.
   */
  async enter(bytes: number, context: RequestContext): Promise<T> {
    const { find, ending, mostBytes } = this.#options;
    const way = find();
    if (way && this.#waiting.length === 0 && this.#hasRoom(bytes)) {
      this.#inFlight += bytes;
      return way;
    }
    const { signal } = context;
    if (signal?.cancelledBy !== undefined) throw cancelled(signal.cancelledBy);
    if (!way && ending()) throw this.#absent();
    if (this.#waitingBytes + bytes > mostBytes && this.#waiting.length > 0) throw way ? this.#behind() : this.#absent();
    return this.#wait(bytes, context);
  }

  /** Bytes that entered are no longer in flight. */
  done(bytes: number): void {
    this.#inFlight -= bytes;
    this.wake();
  }

  /** The worker came or went, or `ending` changed. */
  wake(): void {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      const way = this.#options.find();
      if (way) {
        if (!this.#hasRoom(first.bytes)) return;
        this.#inFlight += first.bytes;
        first.settle(way);
      } else if (this.#options.ending()) first.settle(this.#absent());
      else return;
    }
  }

  async #wait(bytes: number, { signal, deadline }: RequestContext): Promise<T> {
    const { clock, find } = this.#options;
    const end = await waitFor<T | DeliveryError>({ clock, signal, deadline }, (settle) => {
      const waiter = { bytes, settle };
      this.#waiting.push(waiter);
      this.#waitingBytes += bytes;
      // A worker that is there but slow is waited for as long as the sender waits.
      const watch = (): (() => void) =>
        clock.after(mostAbsenceMs, () => {
          if (find() === undefined) settle(this.#absent());
          else stopWatching = watch();
        });
      let stopWatching = watch();
      return () => {
        stopWatching();
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        this.#waitingBytes -= bytes;
      };
    });
    if (end.by === 'event' && !(end.value instanceof DeliveryError)) return end.value;
    // A smaller batch behind it may have room.
    this.wake();
    throw end.by === 'event' ? end.value : cancelled(end.by);
  }

  /** A batch that is larger than the bound goes alone. */
  #hasRoom(bytes: number): boolean {
    return this.#inFlight === 0 || this.#inFlight + bytes <= this.#options.mostBytes;
  }

  #behind(): DeliveryError {
    return refusal(`worker ${this.#options.worker} is behind with what it receives`, 'exchange_full');
  }

  #absent(): DeliveryError {
    return refusal(
      `worker ${this.#options.worker}, which has the items of this key, is being replaced`,
      'worker_unavailable',
    );
  }
}

/** A refusal that was decided in this process, with the time to come back. */
export function refusal(message: string, reason: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason, local: true, retryAfterMs });
}
