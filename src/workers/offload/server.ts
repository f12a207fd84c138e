import type { Socket } from 'node:net';
import type { ByteBudget } from '../../component/budget.js';
import { Cancellation } from '../../component/cancellation.js';
import type { Clock } from '../../component/clock.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { batchOf, frameOf, kind, readFrames, replyHead, type BatchHead, type Frame } from './frames.js';

export interface OffloadServerOptions {
  readonly clock: Clock;
  readonly budget: ByteBudget;
  /** The pipelines behind a receiver; undefined while nothing more is taken. */
  entry(receiver: string, signal: string): Consumer | undefined;
  /** Puts the books on file: before another worker may acknowledge. */
  write(): void;
}

/** Another worker, as one takes over from it. */
export class OffloadServer {
  readonly #socket: Socket;
  readonly #options: OffloadServerOptions;
  readonly #open: Map<number, Cancellation> = new Map();

  constructor(socket: Socket, options: OffloadServerOptions, onClosed: () => void) {
    this.#socket = socket;
    this.#options = options;
    readFrames(socket, (frame) => this.#on(frame));
    socket.on('close', () => {
      for (const cancellation of this.#open.values()) cancellation.abort('sender');
      onClosed();
    });
  }

  /** Batches that it takes just now. */
  get busy(): number {
    return this.#open.size;
  }

  /** Tells how much came from own senders of late, bytes. */
  tellReceived(bytes: number): void {
    this.#say(kind.load, bytes, undefined);
  }

  close(): void {
    this.#socket.destroy();
  }

  #on(frame: Frame): void {
    if (frame.kind === kind.cancel) this.#open.get(frame.id)?.abort('sender');
    else if (frame.kind === kind.batch) void this.#take(frame.id, frame.head as BatchHead, frame.body);
  }

  async #take(id: number, head: BatchHead, body: Uint8Array): Promise<void> {
    const { clock, budget, entry, write } = this.#options;
    const next = entry(head.receiver, head.signal);
    const bytes = body.byteLength;
    if (!next || !budget.tryReserve(bytes)) return this.#say(kind.declined, id, undefined);
    const cancellation = new Cancellation();
    this.#open.set(id, cancellation);
    const context: RequestContext = {
      metadata: new Map(head.metadata),
      signal: cancellation,
      ...(head.left === undefined ? {} : { deadline: clock.now() + head.left }),
      ...(head.peer === undefined ? {} : { peer: head.peer }),
    };
    let failure: unknown;
    try {
      const batch = batchOf(head, body);
      await next.consume(batch, context);
      // The batch lies in the frame's own buffer.
      batch.release();
    } catch (error) {
      failure = error;
    }
    this.#open.delete(id);
    budget.release(bytes);
    write();
    this.#say(kind.reply, id, failure === undefined ? undefined : replyHead(failure));
  }

  #say(what: number, id: number, head: unknown): void {
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    for (const part of frameOf(what, id, head)) this.#socket.write(part);
    this.#socket.uncork();
  }
}
