import type { Socket } from 'node:net';
import type { ByteBudget } from '../../component/budget.js';
import { Cancellation, type CancelReason } from '../../component/cancellation.js';
import type { Clock } from '../../component/clock.js';
import type { Consumer, RequestContext } from '../../component/consumer.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { Tracer } from '../../component/tracer.js';
import type { Batch } from '../../otlp/batch.js';
import { frameOf, kind, readFrames, writeFrame, type Frame } from './frames.js';
import { failureHead, type Declined } from './outcome.js';
import { batchOf, contextOf, type BatchHead, type RequestHead, type ResumeHead } from './request.js';
import { Resumables } from './resumable.js';

/** Where batches of other workers enter. */
export interface OpenEntry {
  readonly next: Consumer;
  readonly tracer: Tracer | undefined;
  /** Names the span of the hop between two workers. */
  readonly spanName: string;
  /** One batch more (1) or less (-1) is in progress. */
  busy(change: number): void;
}

/** A batch of another worker, or what is left of one. */
interface Work {
  readonly entry: OpenEntry;
  readonly batch: Batch;
  /** Reserved in the budget until it is done. */
  readonly bytes: number;
  run(context: RequestContext): Promise<void>;
}

export interface LinkServerOptions {
  readonly clock: Clock;
  readonly budget: ByteBudget;
  /** Undefined while the entry is closed. */
  entry(name: string): OpenEntry | undefined;
  /** Writes the books to their file: before another worker can acknowledge. */
  writeBooks(): void;
  /** The worker with this number is connected. */
  onHello(number: number): void;
  /** That worker sends nothing more to an entry. */
  onEnd(entry: string): void;
}

/** The connection over which another worker sends to this one. */
export class LinkServer {
  readonly #socket: Socket;
  readonly #options: LinkServerOptions;
  readonly #requests: Map<number, Cancellation> = new Map();
  readonly #resumables: Resumables<Work>;

  constructor(socket: Socket, options: LinkServerOptions, onClosed: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#resumables = new Resumables(options.clock, ({ bytes }) => options.budget.release(bytes));
    readFrames(socket, (frame) => this.#on(frame));
    socket.on('close', () => {
      for (const cancellation of this.#requests.values()) cancellation.abort('sender');
      this.#resumables.clear();
      onClosed();
    });
  }

  /** Sends how many bytes this worker received from its own senders lately. */
  sendReceived(bytes: number): void {
    writeFrame(this.#socket, frameOf(kind.load, bytes));
  }

  sendOpened(entry: string): void {
    writeFrame(this.#socket, frameOf(kind.opened, 0, { entry }));
  }

  sendClosed(entry: string): void {
    writeFrame(this.#socket, frameOf(kind.closed, 0, { entry }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #on(frame: Frame): void {
    const { kind: what, id, head } = frame;
    switch (what) {
      case kind.batch:
        void this.#receive(frame);
        return;
      case kind.resume:
        void this.#resume(id, head as ResumeHead);
        break;
      case kind.cancel:
        this.#requests.get(id)?.abort((head as { readonly reason: CancelReason }).reason);
        break;
      case kind.hello:
        this.#options.onHello(id);
        break;
      case kind.end:
        this.#options.onEnd((head as { readonly entry: string }).entry);
        break;
    }
    frame.memory.release();
  }

  async #receive({ id, head: sent, body, memory }: Frame): Promise<void> {
    const head = sent as BatchHead;
    const entry = this.#options.entry(head.entry);
    const bytes = memory.bytes.byteLength;
    if (!entry || !this.#options.budget.tryReserve(bytes)) {
      memory.release();
      this.#decline(id, entry ? 'memory' : 'closed');
      return;
    }
    const batch = batchOf(head, body);
    const taken = await this.#perform(id, head, {
      entry,
      batch,
      bytes,
      run: (context) => entry.next.consume(batch, context),
    });
    // A batch that failed may still be read by the one that tries it again.
    if (taken) memory.release();
  }

  async #resume(id: number, head: ResumeHead): Promise<void> {
    const work = this.#resumables.take(head.of);
    if (work) await this.#perform(id, head, work);
    else this.#decline(id, 'closed');
  }

  /** Does the work and replies. Resolves with true when everything was taken; never rejects. */
  async #perform(id: number, head: RequestHead, work: Work): Promise<boolean> {
    const { clock, budget, writeBooks } = this.#options;
    const { entry, batch } = work;
    const { tracer } = entry;
    const cancellation = new Cancellation();
    this.#requests.set(id, cancellation);
    entry.busy(1);
    const span = head.span && tracer?.start(entry.spanName, { parent: head.span });
    const context: RequestContext = {
      ...contextOf(head, clock.now(), cancellation),
      partial: {
        rejected: (items, message) => writeFrame(this.#socket, frameOf(kind.partial, id, { items, message })),
      },
    };
    let failure: DeliveryError | undefined;
    try {
      await work.run(span ? { ...context, span } : context);
    } catch (error) {
      failure = DeliveryError.from(error);
      span?.fail(failure.message);
    }
    span?.end();
    this.#requests.delete(id);
    const resume = failure?.resume;
    const kept = resume !== undefined && !this.#socket.destroyed && this.#resumables.keep(id, { ...work, run: resume });
    if (!kept) budget.release(work.bytes);
    writeBooks();
    if (failure) {
      const remaining = failure.remaining === batch ? undefined : failure.remaining;
      const reply = { ...failureHead(failure, remaining), ...(kept ? { resume: id } : {}) };
      writeFrame(this.#socket, frameOf(kind.reply, id, reply, remaining ? [remaining.bytes] : []));
    } else writeFrame(this.#socket, frameOf(kind.reply, id));
    entry.busy(-1);
    return failure === undefined;
  }

  #decline(id: number, why: Declined): void {
    writeFrame(this.#socket, frameOf(kind.declined, id, { why }));
  }
}
