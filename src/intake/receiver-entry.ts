import { emptyContext, type Consumer, type RequestContext } from '../component/consumer.js';
import type { SignalContext } from '../component/define.js';
import type { Batch } from '../otlp/batch.js';
import type { Signal } from '../otlp/signal.js';
import { ReceiverBooks, type Transport } from './books.js';
import { acceptedRequest, refuse, type Ended } from './request-state.js';

/** The way of one receiver and signal into the pipelines and into the books. */
export class ReceiverEntry {
  readonly signal: Signal;
  readonly #next: Consumer;
  readonly #books: ReceiverBooks;

  constructor(context: SignalContext, next: Consumer) {
    this.signal = context.signal;
    this.#next = next;
    this.#books = new ReceiverBooks(context);
  }

  /** Sends a batch to the pipelines and books the outcome. An empty batch is accepted here. Never rejects. */
  async handOn(batch: Batch, context: RequestContext, transport: Transport): Promise<Ended> {
    const items = batch.itemCount;
    if (items === 0) return acceptedRequest;
    const books = this.#books;
    const span = books.begin(context.span?.context, transport);
    try {
      await this.#next.consume(batch, span ? { ...context, span } : context);
    } catch (error) {
      if (span) books.end(span, 0, items, error as Error);
      books.refused(items, error, transport);
      return refuse({ kind: 'pipeline', error: error as Error });
    }
    books.accepted(items, transport);
    if (span) books.end(span, items, 0, undefined);
    return acceptedRequest;
  }

  /** `handOn` for a batch that the receiver itself has made: an accepted batch is released. Never rejects. */
  async submit(batch: Batch, context: RequestContext = emptyContext): Promise<Ended> {
    const ended = await this.handOn(batch, context, '');
    // An abandoned attempt may still read a refused batch.
    if (ended.step === 'accepted') batch.release();
    return ended;
  }
}
