import type { Consumer, RequestContext } from '../component/consumer.js';
import type { Batch } from '../otlp/batch.js';
import type { Observer } from './observe.js';
import type { Send } from './send.js';

/** A chain without a queue: the sender waits for the export, whose outcome is returned to it. */
export class Direct implements Consumer {
  readonly #observer: Observer;
  readonly #next: Send;
  #open = 0;
  #idle: (() => void) | undefined;

  constructor(observer: Observer, next: Send) {
    this.#observer = observer;
    this.#next = next;
  }

  async consume(batch: Batch, context: RequestContext): Promise<void> {
    this.#open++;
    this.#observer.books.in(batch.itemCount);
    const error = await this.#observer.send(this.#next, batch, context, undefined);
    if (--this.#open === 0) this.#idle?.();
    if (error === undefined) return;
    this.#observer.logRejecting(error, (error.remaining ?? batch).itemCount);
    throw error;
  }

  /** Resolves when no request is in progress. */
  shutdown(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#idle = resolve));
  }
}
