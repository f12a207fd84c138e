import { emptyContext, type Consumer, type RequestContext } from '../component/consumer.js';
import type { SignalContext } from '../component/define.js';
import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import { Books, type Transport } from './books.js';
import { accepted, refused, type Ended } from './request-state.js';

/** Where the items of one signal of a receiver enter the pipelines and the books. */
export class ReceiverEntry {
  readonly signal: Signal;
  readonly #next: Consumer;
  readonly #books: Books;

  constructor(context: SignalContext, next: Consumer) {
    this.signal = context.signal;
    this.#next = next;
    this.#books = new Books(context);
  }

  /** Hands a batch to the pipelines and books how it ended; an empty one ends here. Never rejects. */
  async handOn(batch: Batch, context: RequestContext, transport: Transport): Promise<Ended> {
    const items = batch.itemCount;
    if (items === 0) return accepted;
    const books = this.#books;
    const span = books.begin(context.span?.context, transport);
    try {
      await this.#next.consume(batch, span ? { ...context, span } : context);
    } catch (error) {
      if (span) books.end(span, 0, items, error as Error);
      books.refused(items, error, transport);
      return refused({ kind: 'pipeline', error: error as Error });
    }
    books.accepted(items, transport);
    if (span) books.end(span, items, 0, undefined);
    return accepted;
  }

  /** Hands on a batch that the receiver has made, and releases its memory once it is accepted. Never rejects. */
  async enter(batch: Batch, context: RequestContext = emptyContext): Promise<Ended> {
    const ended = await this.handOn(batch, context, '');
    // A refused batch may still be read by an attempt that was given up.
    if (ended.step === 'accepted') batch.release();
    return ended;
  }
}
