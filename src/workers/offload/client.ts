import type { Socket } from 'node:net';
import type { RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Batch } from '../../otlp/batch.js';
import { batchFrame, errorOf, frameOf, kind, readFrames, type ReplyHead } from './frames.js';

/** So much may be under way to one peer, bytes; a worker that is slower than that gets no more. */
const mostUnderWay = 16 * 1024 * 1024;

interface Pending {
  readonly bytes: number;
  settle(outcome: 'taken' | 'declined' | DeliveryError): void;
}

/** Another worker, as one hands over to it. */
export class OffloadClient {
  /** What it said came from its own senders of late, bytes; much until it has said so. */
  received: number = Number.MAX_SAFE_INTEGER;
  open = true;
  /** It is about to end: it gets nothing more. */
  retired = false;
  readonly #socket: Socket;
  readonly #pending: Map<number, Pending> = new Map();
  #last = 0;
  #underWay = 0;

  constructor(socket: Socket, onClosed: () => void) {
    this.#socket = socket;
    readFrames(socket, ({ kind: what, id, head }) => {
      if (what === kind.load) this.received = id;
      else if (what === kind.declined) this.#settle(id, 'declined');
      else if (what === kind.reply) this.#settle(id, head === undefined ? 'taken' : errorOf(head as ReplyHead));
    });
    socket.on('close', () => {
      this.open = false;
      // What it had taken in is in its own books; its sender is told to come again.
      const gone = new DeliveryError('the worker that had the request died', { class: 'retryable', reason: 'worker_died', local: true });
      for (const id of [...this.#pending.keys()]) this.#settle(id, gone);
      onClosed();
    });
  }

  hasRoom(bytes: number): boolean {
    return this.open && !this.retired && this.#underWay + bytes <= mostUnderWay;
  }

  /** Resolves with false when the peer does not want it, which then is as before. Rejects with the outcome that the peer had. */
  consume(receiver: string, batch: Batch, context: RequestContext, nowMs: number): Promise<boolean> {
    const id = (this.#last = (this.#last + 1) >>> 0);
    const bytes = batch.bytes.byteLength;
    this.#underWay += bytes;
    return new Promise((resolve, reject) => {
      const cancel = (): void => void this.#socket.write(Buffer.concat(frameOf(kind.cancel, id, undefined)));
      context.signal?.addEventListener('abort', cancel);
      this.#pending.set(id, {
        bytes,
        settle(outcome) {
          context.signal?.removeEventListener('abort', cancel);
          if (outcome instanceof DeliveryError) reject(outcome);
          else resolve(outcome === 'taken');
        },
      });
      this.#socket.cork();
      for (const part of batchFrame(id, receiver, batch, context, nowMs)) this.#socket.write(part);
      this.#socket.uncork();
    });
  }

  retire(): void {
    this.retired = true;
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(id: number, outcome: 'taken' | 'declined' | DeliveryError): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    this.#underWay -= pending.bytes;
    pending.settle(outcome);
  }
}
