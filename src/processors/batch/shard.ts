import type { Consumer, RequestContext } from '../../component/consumer.js';
import type { PipelineContext } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import type { ComponentLedger } from '../../component/ledger.js';
import type { RetryConfig } from '../../delivery/config.js';
import type { Drain } from '../../delivery/drain.js';
import { retried } from '../../delivery/retry.js';
import { cancelled, type Send } from '../../delivery/send.js';
import { waitFor } from '../../delivery/wait.js';
import type { Batch } from '../../otlp/batch.js';
import { merge } from '../../otlp/parts/merge.js';
import { splitByCount } from '../../otlp/parts/partition.js';
import type { Config } from './config.js';
import type { Series } from './pass-on.js';

/** Whole batches that may wait behind the one being handed on, before senders have to wait too. */
const backlog = 8;

/** What comes next refused for now: the data has been acknowledged, so it is offered again instead of being dropped. */
const again: RetryConfig = {
  enabled: true,
  initial_interval: 1000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 30_000,
  max_elapsed_time: 300_000,
};

export interface ShardParts {
  readonly config: Config;
  readonly context: PipelineContext;
  readonly next: Consumer;
  readonly drain: Drain;
  readonly books: ComponentLedger;
  readonly series: Series;
  /** What travels beside its batches. */
  readonly outgoing: RequestContext;
  /** Nothing is left in it. */
  idle(): void;
}

interface Ready {
  readonly batch: Batch;
  readonly bytes: number;
  readonly trigger: 'bySize' | 'byTimeout';
}

/** Requests that wait to leave together, and the batches made of them, handed on one after the other. */
export class Shard {
  readonly outgoing: RequestContext;
  readonly #parts: ShardParts;
  readonly #send: Send;
  #pieces: Batch[] = [];
  #items = 0;
  #ready: Ready[] = [];
  #sending = false;
  #failing = false;
  #stopTimer: (() => void) | undefined;
  /** When the timer last started anew: at a batch that left for its size, or when it fired. */
  #base: number;
  #room: Set<() => void> = new Set();
  #idle: (() => void) | undefined;

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.outgoing = parts.outgoing;
    const { clock, random, logger } = parts.context;
    this.#base = clock.now();
    this.#send = retried((batch, context) => parts.next.consume(batch, context), again, {
      clock,
      random,
      logger,
      drain: parts.drain,
      waiting: (items) => {
        if (items > 0) this.#failing = true;
        parts.books.held(-items, 'batch');
        parts.books.held(items, 'retry');
      },
    });
  }

  /** Takes the memory for a request, waiting while enough waits already. Rejects when what comes next does not take data, or no memory is left. */
  async reserve(batch: Batch, request: RequestContext): Promise<void> {
    const { clock } = this.#parts.context;
    const { deadline, signal } = request;
    while (this.#ready.length >= backlog && !this.#failing) {
      const end = await waitFor<void>({ clock, deadline, signal }, (hasRoom) => {
        this.#room.add(hasRoom);
        return () => this.#room.delete(hasRoom);
      });
      if (end.by !== 'event') throw cancelled(end.by);
    }
    if (this.#parts.drain.begun) throw refusal('batch processor is stopped', 'shutdown');
    if (this.#ready.length >= backlog) throw refusal('batch processor is full', 'queue_full');
    if (!this.#parts.context.budget.tryReserve(batch.ownSize)) throw refusal('batch processor is full', 'queue_full');
  }

  /** Takes over a request for which memory is reserved. */
  add(batch: Batch): void {
    const { config, books, context } = this.#parts;
    books.held(batch.itemCount, 'batch');
    const { send_batch_max_size: max, send_batch_size: size } = config;
    const pieces = max > 0 && this.#items + batch.itemCount > max ? splitByCount(batch, max - this.#items, max) : [batch];
    let reserved = batch.ownSize;
    pieces.forEach((piece, i) => {
      // What the cut made is ours already.
      const own = piece === batch ? batch.own() : piece;
      // Parts repeat what surrounds them; what they take beyond the request itself is small and must not fail now.
      reserved -= own.keptAlive;
      this.#pieces.push(own);
      this.#items += own.itemCount;
      if (i < pieces.length - 1 || this.#items >= size) this.#leave('bySize');
    });
    if (reserved !== 0) context.budget.release(reserved);
    if (this.#items > 0) this.#arm();
  }

  /** Hands on everything, or gives up when the drain is over. */
  shutdown(): Promise<void> {
    if (this.#items > 0) this.#leave('byTimeout');
    if (!this.#sending) return Promise.resolve();
    return new Promise((resolve) => (this.#idle = resolve));
  }

  /** The timer does not run while nothing waits, but it fires when it would have had it always run. */
  #arm(): void {
    if (this.#stopTimer) return;
    const { config, context } = this.#parts;
    const passed = (context.clock.now() - this.#base) % config.timeout;
    this.#stopTimer = context.clock.after(config.timeout - passed, () => {
      this.#stopTimer = undefined;
      this.#leave('byTimeout');
    });
  }

  #leave(trigger: Ready['trigger']): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#base = this.#parts.context.clock.now();
    let bytes = 0;
    for (const piece of this.#pieces) bytes += piece.keptAlive;
    const batch = merge(this.#pieces);
    if (this.#pieces[0] !== batch) for (const piece of this.#pieces) piece.release();
    this.#ready.push({ batch, bytes, trigger });
    this.#pieces = [];
    this.#items = 0;
    if (!this.#sending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    for (let ready = this.#ready[0]; ready; ready = this.#ready[0]) {
      await this.#sendOne(ready);
      this.#ready.shift();
      this.#parts.context.budget.release(ready.bytes);
      for (const wake of [...this.#room]) wake();
    }
    this.#sending = false;
    if (this.#items === 0) this.#parts.idle();
    this.#idle?.();
  }

  async #sendOne({ batch, trigger }: Ready): Promise<void> {
    const { books, series, context, drain } = this.#parts;
    const items = batch.itemCount;
    let left = 0;
    try {
      if (drain.over.aborted) throw refusal('interrupted due to shutdown', 'shutdown');
      // Whoever exports without a queue lets go at the end of the drain too.
      await this.#send(batch, { ...this.outgoing, signal: drain.over }, () => {});
      series.size.record(items);
      series.bytes.record(batch.bytes.byteLength);
      series[trigger].add(1);
      batch.release();
    } catch (failure) {
      const error = DeliveryError.from(failure);
      left = (error.remaining ?? batch).itemCount;
      books.dropped(left, drain.over.aborted ? 'shutdown' : error.reason);
      context.logger.warn('Sender failed', { error: error.message, dropped_items: left });
    }
    this.#failing = false;
    books.held(-items, 'batch');
    if (left < items) books.out(items - left);
  }
}

function refusal(message: string, reason: string): DeliveryError {
  return new DeliveryError(message, { class: 'retryable', reason, local: true });
}
