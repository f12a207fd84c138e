import type { Socket } from 'node:net';
import type { Clock } from '../../component/clock.js';
import type { PartialListener, RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { frameOf, kind, readFrames, writeFrame, type Frame } from './frames.js';
import { deliveryErrorFrom, type Declined, type FailureHead } from './outcome.js';
import { batchParts, requestHead } from './request.js';

/** The outcome of a batch in another worker. */
export type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'declined'; readonly why: Declined }
  /** `resume`: the number to resume what a fan-out did not take. */
  | { readonly kind: 'failed'; readonly error: DeliveryError; readonly resume: number | undefined };

interface Pending {
  readonly batch: Batch;
  readonly partial: PartialListener | undefined;
  settle(outcome: Outcome): void;
}

export interface LinkClientOptions {
  readonly clock: Clock;
  /** The number of this worker. */
  readonly number: number;
  /** An entry of the other side opened or closed, or the connection ended. */
  changed(): void;
}

/** The connection over which this worker sends to another one. */
export class LinkClient {
  /** Bytes that the other worker received lately from its own senders; many until it has said how many. */
  received: number = Number.MAX_SAFE_INTEGER;
  /** Bytes of batches without an outcome yet. */
  bytesInFlight = 0;
  readonly #socket: Socket;
  readonly #options: LinkClientOptions;
  readonly #pending: Map<number, Pending> = new Map();
  readonly #openEntries: Set<string> = new Set();
  #closed = false;
  #last = 0;

  constructor(socket: Socket, options: LinkClientOptions) {
    this.#socket = socket;
    this.#options = options;
    readFrames(socket, (frame) => this.#on(frame));
    writeFrame(socket, frameOf(kind.hello, options.number));
    socket.on('close', () => {
      this.#closed = true;
      this.#openEntries.clear();
      // Items that the other worker had taken are in its books; the sender repeats the rest.
      const error = new DeliveryError('the worker that had the request died', {
        class: 'retryable',
        reason: 'worker_died',
        local: true,
      });
      for (const id of [...this.#pending.keys()]) this.#settle(id, { kind: 'failed', error, resume: undefined });
      options.changed();
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The other worker accepts batches for this entry. */
  accepts(entry: string): boolean {
    return this.#openEntries.has(entry);
  }

  /** Borrows the batch until the promise resolves. */
  send(entry: string, batch: Batch, context: RequestContext): Promise<Outcome> {
    const { head, parts } = batchParts(entry, batch, context, this.#options.clock.now());
    return this.#request(kind.batch, head, parts, batch, context);
  }

  /**
   * Hands on what a fan-out of the other worker did not take of `batch`; declined when the other worker has forgotten
   * it.
   */
  resume(of: number, batch: Batch, context: RequestContext): Promise<Outcome> {
    const head = { of, ...requestHead(context, this.#options.clock.now()) };
    return this.#request(kind.resume, head, [], batch, context);
  }

  /** Nothing more will be sent to an entry. */
  end(entry: string): void {
    writeFrame(this.#socket, frameOf(kind.end, 0, { entry }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #request(
    what: number,
    head: object,
    parts: readonly Uint8Array[],
    batch: Batch,
    { signal, partial }: RequestContext,
  ): Promise<Outcome> {
    const id = (this.#last = (this.#last + 1) >>> 0);
    const bytes = batch.bytes.byteLength;
    this.bytesInFlight += bytes;
    return new Promise((resolve) => {
      const cancel = (): void =>
        writeFrame(this.#socket, frameOf(kind.cancel, id, { reason: signal?.cancelledBy ?? 'sender' }));
      signal?.addEventListener('abort', cancel);
      this.#pending.set(id, {
        batch,
        partial,
        settle: (outcome) => {
          this.bytesInFlight -= bytes;
          signal?.removeEventListener('abort', cancel);
          resolve(outcome);
        },
      });
      writeFrame(this.#socket, frameOf(what, id, head, parts));
      // A signal that was aborted before calls no listener.
      if (signal?.aborted) cancel();
    });
  }

  #on({ kind: what, id, head, body, memory }: Frame): void {
    switch (what) {
      case kind.load:
        this.received = id;
        break;
      case kind.opened:
        this.#openEntries.add((head as { readonly entry: string }).entry);
        this.#options.changed();
        break;
      case kind.closed:
        this.#openEntries.delete((head as { readonly entry: string }).entry);
        this.#options.changed();
        break;
      case kind.declined:
        this.#settle(id, { kind: 'declined', why: (head as { readonly why: Declined }).why });
        break;
      case kind.partial: {
        const { items, message } = head as { readonly items: number; readonly message: string };
        this.#pending.get(id)?.partial?.rejected(items, message);
        break;
      }
      case kind.reply:
        this.#reply(id, head as FailureHead | undefined, body);
        break;
    }
    memory.release();
  }

  #reply(id: number, head: FailureHead | undefined, body: Uint8Array): void {
    const pending = this.#pending.get(id);
    if (!head) this.#settle(id, { kind: 'taken' });
    else if (pending)
      this.#settle(id, { kind: 'failed', error: deliveryErrorFrom(head, pending.batch, body), resume: head.resume });
  }

  #settle(id: number, outcome: Outcome): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.settle(outcome);
  }
}
