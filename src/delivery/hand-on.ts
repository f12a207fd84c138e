import { emptyContext, type Consumer } from '../component/consumer.js';
import type { PipelineContext } from '../component/define.js';
import { DeliveryError } from '../component/delivery-error.js';
import type { ComponentLedger } from '../component/ledger.js';
import { resultInTurns } from '../component/turn.js';
import type { Batch } from '../otlp/batch.js';
import type { InPieces } from '../otlp/work.js';
import type { RetryConfig } from './config.js';
import type { Drain } from './drain.js';
import { retried } from './retry.js';
import type { Send } from './send.js';

/** Batches that the next component may have at a time. */
const mostUnderWay = 8;

/**
 * The senders have their success response, so a batch that the next component refuses for now is offered again instead
 * of being dropped.
 */
const retry: RetryConfig = {
  enabled: true,
  initial_interval: 1000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 30_000,
  max_elapsed_time: 300_000,
};

export interface HandOnParts {
  readonly context: PipelineContext;
  readonly next: Consumer;
  readonly drain: Drain;
  readonly books: ComponentLedger;
  /** Where the books hold the items of a batch until its outcome is known. */
  readonly place: string;
  /** Makes the next batch, which is owned here then; undefined when there is none. */
  make(): Batch | undefined;
}

/**
 * Hands on batches whose senders were answered before, several at a time, each until the next component accepts it,
 * refuses it for good, or the drain is over. A batch is made when it can be handed on, so that what waits stays where
 * it is, under its own bound.
 */
export class HandOn {
  readonly #parts: HandOnParts;
  readonly #send: Send;
  #underWay = 0;
  #isPumping = false;
  #whenIdle: (() => void)[] = [];

  constructor(parts: HandOnParts) {
    this.#parts = parts;
    const { clock, random, logger } = parts.context;
    const { books, place } = parts;
    this.#send = retried((batch, context) => parts.next.consume(batch, context), retry, {
      clock,
      random,
      logger,
      drain: parts.drain,
      waiting: (items) => {
        books.held(-items, place);
        books.held(items, 'retry');
      },
    });
  }

  /** There may be something to hand on. */
  pump(): void {
    if (this.#isPumping || this.#underWay === mostUnderWay) return;
    this.#isPumping = true;
    void resultInTurns(this.#pumping());
  }

  /** Resolves when there is nothing to hand on, and nothing under way. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.pump();
    });
  }

  /** A batch is a piece of work, so that the next component's part in it counts as well. */
  *#pumping(): InPieces<void> {
    for (; this.#underWay < mostUnderWay; yield) {
      const batch = this.#parts.make();
      if (!batch) break;
      this.#underWay++;
      void this.#handOn(batch).then(() => {
        this.#underWay--;
        this.pump();
      });
    }
    this.#isPumping = false;
    if (this.#underWay === 0) for (const idle of this.#whenIdle.splice(0)) idle();
  }

  /** Never rejects. */
  async #handOn(batch: Batch): Promise<void> {
    const { books, place, drain, context } = this.#parts;
    const items = batch.itemCount;
    let left = 0;
    try {
      if (drain.over.aborted) throw interrupted();
      // An exporter without a queue ends its attempt with the drain too.
      await this.#send(batch, { ...emptyContext, signal: drain.over }, () => {});
      batch.release();
    } catch (failure) {
      const error = DeliveryError.from(failure);
      left = (error.remaining ?? batch).itemCount;
      books.dropped(left, drain.over.aborted ? 'shutdown' : error.reason);
      context.logger.warn('Sender failed', { error: error.message, dropped_items: left });
    }
    books.held(-items, place);
    if (left < items) books.out(items - left);
  }
}

function interrupted(): DeliveryError {
  return new DeliveryError('interrupted due to shutdown', { class: 'retryable', reason: 'shutdown', local: true });
}
